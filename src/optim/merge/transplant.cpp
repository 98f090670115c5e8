// Copies states by name from one file into another: a part of the model is replaced, or everything
// is moved into a skeleton that new code has saved.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/merge.hpp"
#include "optim/edit/resized_state.hpp"
#include "optim/find/equal_values.hpp"
#include "optim/find/slot_numbers.hpp"
#include "optim/find/states.hpp"
#include "optim/find/uniform_steps.hpp"
#include "optim/merge/joinable.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

using SlotByName = std::unordered_map<std::string, std::size_t>;

/// The slots of the parameters of the root, under the names and tied names in the root.
SlotByName slots_by_name(const Tree& tree, const model::Root& root, const Identified& identified) {
  SlotByName slots;
  const std::string path = model::path_text(tree, root.path);
  if (identified.resolution.part != path) return slots;
  for (std::size_t i = 0; i < identified.resolution.names.size(); ++i)
    slots.try_emplace(identified.resolution.names[i], i);
  if (!tree.is(root.node, Kind::dict) && !model::is_module(tree, root.node)) return slots;
  const ModelPart part = make_model_part(tree, root.node);
  for (const auto& [first, other] : part.ties) {
    if (const auto found = slots.find(first); found != slots.end())
      slots.try_emplace(other, found->second);
    if (const auto found = slots.find(other); found != slots.end())
      slots.try_emplace(first, found->second);
  }
  return slots;
}

std::unordered_set<std::string> state_keys(const Tree& tree, NodeId state) {
  std::unordered_set<std::string> keys;
  if (state == no_node || !tree.is(state, Kind::dict)) return keys;
  for (const model::TextEntry entry : model::text_entries(tree, state)) keys.emplace(entry.name);
  return keys;
}

/// The keys that occur in any state of the optimizer.
std::unordered_set<std::string> state_keys(const Tree& tree, const Optimizer& optimizer) {
  std::unordered_set<std::string> keys;
  for (const Slot& slot : optimizer.slots) keys.merge(state_keys(tree, slot.state));
  return keys;
}

bool are_same_kind(const Tree& a, const Optimizer& x, const Tree& b, const Optimizer& y) {
  const auto keys_a = state_keys(a, x);
  const auto keys_b = state_keys(b, y);
  if (!keys_a.empty() && !keys_b.empty()) return keys_a == keys_b;
  return x.kind == y.kind;
}

/// Whether the optimizer has made at most the one dummy step that gives its states their shapes.
bool is_skeleton(const Tree& tree, const Optimizer& optimizer) {
  return std::ranges::all_of(optimizer.slots, [&](const Slot& slot) {
    if (!is_real_state(tree, slot.state)) return true;
    const auto step = find_number(tree, tree.find(slot.state, "step"));
    return step && *step <= 1;
  });
}

std::string root_text(const Tree& tree, const model::Root& root) {
  const std::string path = model::path_text(tree, root.path);
  return path.empty() ? "its state dict" : quote(path);
}

/// An error without a hint gets the hint of `side`: it concerns the ids in that file.
std::vector<Identified> identify_all(const Tree& tree, const TransplantSide& side) {
  return within(side.file, [&] {
    try {
      return identify(tree, tree, side.identify);
    } catch (const Error& error) {
      if (!error.hint().empty() || side.hint.empty()) throw;
      throw Error(error.kind(), error.message(), side.hint);
    }
  });
}

/// Finds the source optimizer that gives its states to a target optimizer.
class Partners {
 public:
  Partners(const Tree& tree, const model::Root& root, const TransplantSide& side)
      : tree_(tree), root_(root), side_(side) {
    all_ = identify_all(tree, side);
    for (const Identified& one : all_) slots_.push_back(slots_by_name(tree, root, one));
  }

  bool are_none() const { return all_.empty(); }

  /// The source optimizer of the root that holds most of `wanted`: the one at --at, or the only
  /// one, or the only one that holds any. nullptr when all are known to belong to other parts.
  /// Throws Error{conflict} when several hold some.
  const Identified* find(const Optimizer& target, const std::vector<std::string>& wanted) const {
    std::vector<std::size_t> of_root;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (is_asked_for(all_[i]) && is_of_root(all_[i])) of_root.push_back(i);
    if (of_root.empty()) return find_undecided(target);
    const std::vector<std::size_t> holding = holding_any(of_root, wanted);
    if (holding.empty()) return &all_[of_root.front()];
    for (const std::size_t i : holding)
      if (holding.size() > 1 && all_[i].optimizer.path_text == target.path_text) return &all_[i];
    if (holding.size() > 1) throw_several(target, holding);
    return &all_[holding.front()];
  }

  const SlotByName& slots_of(const Identified& one) const {
    return slots_[static_cast<std::size_t>(&one - all_.data())];
  }

  /// "'optimizer' is of 'model'", for each.
  std::string places_text() const {
    std::vector<std::string> texts;
    for (const Identified& one : all_)
      texts.push_back(
          one.optimizer.is_editable()
              ? concat(place_text(one.optimizer), " is of ",
                       one.resolution.part.empty() ? "the top level" : quote(one.resolution.part))
              : concat(place_text(one.optimizer), " is a ", one.optimizer.problem));
    return join(texts, ", ");
  }

 private:
  bool is_asked_for(const Identified& one) const {
    return !side_.identify.at || one.optimizer.path_text == *side_.identify.at;
  }

  bool is_of_root(const Identified& one) const {
    return one.optimizer.is_editable() && one.resolution.is_settled() &&
           one.resolution.part == model::path_text(tree_, root_.path);
  }

  /// An optimizer whose names are not settled may belong to the root; it is asked for when there is
  /// no other.
  const Identified* find_undecided(const Optimizer& target) const {
    const Identified* found = nullptr;
    for (const Identified& one : all_) {
      if (!is_asked_for(one) || !one.optimizer.is_editable() || one.resolution.is_settled())
        continue;
      if (found == nullptr || one.optimizer.path_text == target.path_text) found = &one;
    }
    return found;
  }

  std::vector<std::size_t> holding_any(const std::vector<std::size_t>& of_root,
                                       const std::vector<std::string>& wanted) const {
    std::vector<std::size_t> holding;
    for (const std::size_t i : of_root)
      if (std::ranges::any_of(wanted,
                              [&](const std::string& name) { return slots_[i].contains(name); }))
        holding.push_back(i);
    return holding;
  }

  [[noreturn]] void throw_several(const Optimizer& target,
                                  const std::vector<std::size_t>& holding) const {
    std::vector<std::string> paths;
    for (const std::size_t i : holding) paths.push_back(quote(all_[i].optimizer.path_text));
    throw Error(
        ErrorKind::conflict,
        concat(side_.file, ": ", join(paths, " and "), " are optimizers of ",
               root_text(tree_, root_), ", and ", place_text(target), " takes the states of one"),
        concat("--at PATH says which; ", side_.settling.otherwise));
  }

  const Tree& tree_;
  const model::Root& root_;
  const TransplantSide& side_;
  std::vector<Identified> all_;
  std::vector<SlotByName> slots_;
};

class Transplant {
 public:
  Transplant(Tree& target, const model::Root& target_root, const Tree& source,
             const model::Root& source_root, const std::vector<Transfer>& transfers,
             const TransplantOptions& options)
      : target_(target),
        target_root_(target_root),
        source_(source),
        source_root_(source_root),
        transfers_(transfers),
        options_(options),
        graft_(target, source) {}

  MergeReport run() {
    const std::vector<Identified> targets = identify_all(target_, options_.target);
    if (targets.empty()) return std::move(report_);
    const Partners partners(source_, source_root_, options_.source);
    for (const Identified& target : targets)
      if (is_of_root(target)) fill(target, partners);
    return std::move(report_);
  }

 private:
  /// Returns false when its parameters are known to belong to another part of the file.
  bool is_of_root(const Identified& target) const {
    return !target.resolution.is_settled() || target.resolution.part.empty() ||
           target.resolution.part == model::path_text(target_, target_root_.path);
  }

  void require_ready(const Identified& target) const {
    within(options_.target.file, [&] {
      if (!target.optimizer.is_editable() || target.optimizer.form == Form::flattened)
        throw Error(ErrorKind::unsupported,
                    concat(place_text(target.optimizer), ": takes no states in this form"),
                    "optim drop leaves it out");
      require_settled(target, options_.trust, "states are to be put in by name",
                      options_.target.settling);
    });
  }

  std::vector<std::string> names_wanted(const SlotByName& slots) const {
    std::vector<std::string> wanted;
    for (const Transfer& transfer : transfers_)
      if (slots.contains(transfer.to)) wanted.push_back(transfer.from);
    return wanted;
  }

  void fill(const Identified& target, const Partners& partners) {
    require_ready(target);
    const SlotByName slots = slots_by_name(target_, target_root_, target);
    const std::vector<std::string> wanted = names_wanted(slots);
    const Identified* partner = partners.find(target.optimizer, wanted);
    const bool takes_states = !wanted.empty() && can_take(target, partner, partners);
    const SlotByName none;
    const SlotByName& sources = takes_states ? partners.slots_of(*partner) : none;
    std::vector<NodeId> states;
    for (const Slot& slot : target.optimizer.slots) states.push_back(slot.state);
    SlotNumbers numbers = slot_numbers(target_, target.optimizer);
    const SlotNumbers donated =
        takes_states ? slot_numbers(source_, partner->optimizer) : SlotNumbers{};
    numbers.resize(states.size());
    std::vector<bool> is_mapped(states.size());
    for (const Transfer& transfer : transfers_) {
      const auto slot = slots.find(transfer.to);
      if (slot == slots.end() || is_mapped[slot->second]) continue;
      is_mapped[slot->second] = true;
      const auto source = sources.find(transfer.from);
      const bool is_found = source != sources.end();
      states[slot->second] =
          is_found ? taken_state(partner->optimizer.slots[source->second], transfer) : no_node;
      numbers[slot->second] = is_found && !donated.empty() ? donated[source->second] : std::nullopt;
      (states[slot->second] == no_node ? report_.fresh : report_.taken) += 1;
    }
    treat_unmapped(target.optimizer, partner, is_mapped, states);
    write(target.optimizer, states);
    write_numbers(target.optimizer, states, numbers);
  }

  NodeId taken_state(const Slot& source, const Transfer& transfer) {
    if (!is_real_state(source_, source.state)) return no_node;
    const NodeId state = graft_.copy(source.state);
    if (!transfer.is_resized) return state;
    const NodeId value = target_.find(target_root_.node, transfer.to);
    if (!source.shape || value == no_node || !target_.is(value, Kind::tensor)) return no_node;
    const Shape after = target_.tensor(value).layout.shape;
    const NodeId made = make_resized_state(target_, state, *source.shape, after);
    if (made != no_node) warn_of_old_steps(made, transfer.to, *source.shape, after);
    return made;
  }

  /// New rows have zero moments but a large step count, so the bias correction is missing: their
  /// first updates are up to three times the learning rate.
  void warn_of_old_steps(NodeId state, const std::string& name, const Shape& before,
                         const Shape& after) {
    constexpr double most_steps = 100;
    const auto step = find_number(target_, target_.find(state, "step"));
    const bool grows = model::element_count(after) > model::element_count(before);
    if (grows && step && *step > most_steps)
      report_.remarks.push_back(concat(quote(name), ": its new elements start from zero at step ",
                                       real_text(*step), ", with larger updates at first"));
  }

  bool can_take(const Identified& target, const Identified* partner, const Partners& partners) {
    const std::string place = place_text(target.optimizer);
    const auto say = [&](const std::string& why) {
      report_.remarks.push_back(concat(place, ": ", why, "; what comes from there starts afresh"));
      return false;
    };
    const std::string& file = options_.source.file;
    if (partners.are_none()) return say(concat(file, " has no optimizer"));
    if (partner == nullptr) {
      const std::string none =
          concat("none of ", root_text(source_, source_root_), " (", partners.places_text(), ")");
      if (options_.source.identify.at)
        throw Error(ErrorKind::conflict,
                    concat(file, ": --at ", *options_.source.identify.at, ": is ", none));
      return say(concat(file, " has ", none));
    }
    within(file, [&] {
      require_settled(*partner, options_.trust, "states are to be taken out by name",
                      options_.source.settling);
    });
    if (!are_same_kind(target_, target.optimizer, source_, partner->optimizer))
      return say(concat("is ", target.optimizer.kind, ", that of ", file, " is ",
                        partner->optimizer.kind));
    refuse_other_group_steps(target.optimizer, partner->optimizer);
    return true;
  }

  /// apex counts steps per group: all parameters of a group share one count.
  void refuse_other_group_steps(const Optimizer& target, const Optimizer& source) const {
    for (const Group& group : target.groups) {
      const auto step = find_number(target_, target_.find(group.node, "step"));
      for (const Group& other : source.groups) {
        const auto other_step = find_number(source_, source_.find(other.node, "step"));
        if (!step || !other_step || *step == *other_step) continue;
        throw Error(ErrorKind::conflict,
                    concat(options_.target.file, ": ", place_text(target),
                           ": its groups count steps, and ", real_text(*step), " is not the ",
                           real_text(*other_step), " of ", options_.source.file),
                    options_.target.settling.otherwise);
      }
    }
  }

  /// New code that saves a checkpoint after one step, only for its shapes, leaves worthless states.
  /// The user knows this; the message says which option discards them.
  void treat_unmapped(const Optimizer& target, const Identified* partner,
                      const std::vector<bool>& is_mapped, std::vector<NodeId>& states) {
    const bool is_fresh = options_.unmapped == Unmapped::fresh;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (is_mapped[i] || !is_real_state(target_, target.slots[i].state)) continue;
      if (is_fresh) states[i] = no_node;
      (is_fresh ? report_.fresh : kept) += 1;
    }
    const bool may_be_unwanted = kept > 0 && partner != nullptr && is_skeleton(target_, target) &&
                                 !is_skeleton(source_, partner->optimizer);
    if (may_be_unwanted)
      report_.remarks.push_back(concat(place_text(target), ": ", counted(kept, "state"),
                                       " of one step at most stay as they are; --state fresh "
                                       "empties what gets nothing"));
  }

  void write(const Optimizer& optimizer, std::vector<NodeId>& states) {
    if (!optimizer.orphans.empty())
      report_.remarks.push_back(concat(place_text(optimizer), ": ",
                                       counted(optimizer.orphans.size(), "state"),
                                       " of ids that no group lists dropped"));
    make_steps_uniform(target_, states);
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < states.size(); ++i)
      if (is_real_state(target_, states[i])) entries.push_back({optimizer.slots[i].id, states[i]});
    target_.set_entries(target_.find(optimizer.node, "state"), entries);
  }

  void write_numbers(const Optimizer& optimizer, const std::vector<NodeId>& states,
                     const SlotNumbers& numbers) {
    for (const Group& group : optimizer.groups) {
      SlotNumbers kept;
      for (std::size_t i = group.first_slot; i < group.first_slot + group.slot_count; ++i)
        kept.push_back(is_real_state(target_, states[i]) ? numbers[i] : std::nullopt);
      if (group.node != no_node) set_slot_numbers(target_, group.node, kept);
    }
  }

  Tree& target_;
  const model::Root& target_root_;
  const Tree& source_;
  const model::Root& source_root_;
  const std::vector<Transfer>& transfers_;
  const TransplantOptions& options_;
  model::Graft graft_;
  MergeReport report_;
};

}  // namespace

MergeReport transplant_states(Tree& target, const model::Root& target_root, const Tree& source,
                              const model::Root& source_root,
                              const std::vector<Transfer>& transfers,
                              const TransplantOptions& options) {
  return Transplant(target, target_root, source, source_root, transfers, options).run();
}

}  // namespace ckpt::optim
