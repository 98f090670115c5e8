// States by name from one file into another: part replaced, or everything into the skeleton that
// new code saved.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/merge.hpp"
#include "optim/equal_values.hpp"
#include "optim/joinable.hpp"
#include "optim/resized_state.hpp"
#include "optim/slot_numbers.hpp"
#include "optim/states.hpp"
#include "optim/uniform_steps.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

using SlotByName = std::unordered_map<std::string, std::size_t>;

/// The slots of the parameters of `root_path`, under the names and the tied names of the root.
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
  for (const Entry& entry : tree.entries(state))
    if (tree.is(entry.key, Kind::text)) keys.emplace(tree.text(entry.key));
  return keys;
}

/// The keys that any state of the optimizer has.
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

/// Has nothing behind it but the dummy step that gives its ids shapes.
bool is_skeleton(const Tree& tree, const Optimizer& optimizer) {
  return std::ranges::all_of(optimizer.slots, [&](const Slot& slot) {
    if (!is_real_state(tree, slot.state)) return true;
    const auto step = find_number(tree, tree.find(slot.state, "step"));
    return step && *step <= 1;
  });
}

const Identified* find_partner(const std::vector<Identified>& donors, const Optimizer& target,
                               std::size_t target_count) {
  for (const Identified& donor : donors)
    if (donor.optimizer.path_text == target.path_text) return &donor;
  return donors.size() == 1 && target_count == 1 ? &donors.front() : nullptr;
}

class Transplant {
 public:
  Transplant(Tree& target, const model::Root& target_root, const Tree& donor,
             const model::Root& donor_root, const std::vector<Transfer>& transfers,
             const TransplantOptions& options)
      : target_(target),
        target_root_(target_root),
        donor_(donor),
        donor_root_(donor_root),
        transfers_(transfers),
        options_(options),
        graft_(target, donor) {}

  MergeReport run() {
    const std::vector<Identified> targets = identify(target_, target_, options_.target);
    if (targets.empty()) return std::move(report_);
    const std::vector<Identified> donors = identify(donor_, donor_, options_.donor);
    for (const Identified& target : targets) {
      if (!is_of_root(target)) continue;
      if (!target.optimizer.is_editable() || target.optimizer.form == Form::flattened)
        throw Error(ErrorKind::unsupported,
                    concat(place_text(target.optimizer), ": takes no states in this form"),
                    "optim drop leaves it out");
      fill(target, find_partner(donors, target.optimizer, targets.size()));
    }
    return std::move(report_);
  }

 private:
  /// False when its parameters are known to be those of another part of the file.
  bool is_of_root(const Identified& target) const {
    return !target.resolution.is_settled() || target.resolution.part.empty() ||
           target.resolution.part == model::path_text(target_, target_root_.path);
  }

  void fill(const Identified& target, const Identified* donor) {
    require_settled(target, options_.trust, "states are to be put in by name");
    const bool takes_states = can_take(target, donor);
    const SlotByName slots = slots_by_name(target_, target_root_, target);
    const SlotByName sources =
        takes_states ? slots_by_name(donor_, donor_root_, *donor) : SlotByName{};
    std::vector<NodeId> states;
    for (const Slot& slot : target.optimizer.slots) states.push_back(slot.state);
    SlotNumbers numbers = slot_numbers(target_, target.optimizer);
    const SlotNumbers donated =
        takes_states ? slot_numbers(donor_, donor->optimizer) : SlotNumbers{};
    numbers.resize(states.size());
    std::vector<bool> is_mapped(states.size());
    for (const Transfer& transfer : transfers_) {
      const auto slot = slots.find(transfer.to);
      if (slot == slots.end() || is_mapped[slot->second]) continue;
      is_mapped[slot->second] = true;
      const auto source = sources.find(transfer.from);
      const bool is_found = source != sources.end();
      states[slot->second] =
          is_found ? taken_state(donor->optimizer.slots[source->second], transfer) : no_node;
      numbers[slot->second] = is_found && !donated.empty() ? donated[source->second] : std::nullopt;
      (states[slot->second] == no_node ? report_.fresh : report_.taken) += 1;
    }
    if (drops_unmapped(target.optimizer, donor)) drop_unmapped(target.optimizer, is_mapped, states);
    write(target.optimizer, states);
    write_numbers(target.optimizer, states, numbers);
  }

  NodeId taken_state(const Slot& source, const Transfer& transfer) {
    if (!is_real_state(donor_, source.state)) return no_node;
    const NodeId state = graft_.copy(source.state);
    if (!transfer.is_resized) return state;
    const NodeId value = target_.find(target_root_.node, transfer.to);
    if (!source.shape || value == no_node || !target_.is(value, Kind::tensor)) return no_node;
    const Shape after = target_.tensor(value).layout.shape;
    const NodeId made = make_resized_state(target_, state, *source.shape, after);
    if (made != no_node) warn_of_old_steps(made, transfer.to, *source.shape, after);
    return made;
  }

  /// Moments of zero under a large step count are not corrected for it: first updates of new rows
  /// are up to three times the learning rate.
  void warn_of_old_steps(NodeId state, const std::string& name, const Shape& before,
                         const Shape& after) {
    constexpr double most_steps = 100;
    const auto step = find_number(target_, target_.find(state, "step"));
    const bool grows = model::element_count(after) > model::element_count(before);
    if (grows && step && *step > most_steps)
      report_.remarks.push_back(concat(quote(name), ": its new elements start from zero at step ",
                                       real_text(*step), ", with larger updates at first"));
  }

  bool can_take(const Identified& target, const Identified* donor) {
    const std::string place = place_text(target.optimizer);
    if (donor == nullptr) {
      report_.remarks.push_back(
          concat(place, ": the donor has none; what comes from it starts afresh"));
      return false;
    }
    if (!donor->optimizer.is_editable() ||
        !are_same_kind(target_, target.optimizer, donor_, donor->optimizer)) {
      report_.remarks.push_back(concat(place, ": is ", target.optimizer.kind, ", the donor's is ",
                                       donor->optimizer.kind,
                                       "; what comes from it starts afresh"));
      return false;
    }
    require_settled(*donor, options_.trust, "states are to be taken out by name");
    const std::string donor_part = model::path_text(donor_, donor_root_.path);
    if (donor->resolution.part != donor_part) {
      report_.remarks.push_back(concat(place, ": the donor's is of ", quote(donor->resolution.part),
                                       ", not of ", quote(donor_part),
                                       "; what comes from there starts afresh"));
      return false;
    }
    refuse_other_group_steps(target.optimizer, donor->optimizer);
    return true;
  }

  /// apex counts steps in the group: one count for all of its parameters.
  void refuse_other_group_steps(const Optimizer& target, const Optimizer& donor) const {
    for (const Group& group : target.groups) {
      const auto step = find_number(target_, target_.find(group.node, "step"));
      for (const Group& other : donor.groups) {
        const auto other_step = find_number(donor_, donor_.find(other.node, "step"));
        if (!step || !other_step || *step == *other_step) continue;
        throw Error(ErrorKind::conflict,
                    concat(place_text(target), ": its groups count steps, and ", real_text(*step),
                           " is not the donor's ", real_text(*other_step)),
                    "--state fresh takes no states");
      }
    }
  }

  bool drops_unmapped(const Optimizer& target, const Identified* donor) {
    if (options_.unmapped != Unmapped::automatic) return options_.unmapped == Unmapped::fresh;
    const bool drops =
        donor != nullptr && is_skeleton(target_, target) && !is_skeleton(donor_, donor->optimizer);
    if (drops)
      report_.remarks.push_back(concat(
          place_text(target), ": a skeleton of at most one step; what gets nothing starts afresh"));
    return drops;
  }

  void drop_unmapped(const Optimizer& target, const std::vector<bool>& is_mapped,
                     std::vector<NodeId>& states) {
    for (std::size_t i = 0; i < states.size(); ++i) {
      if (is_mapped[i] || !is_real_state(target_, target.slots[i].state)) continue;
      states[i] = no_node;
      ++report_.fresh;
    }
  }

  void write(const Optimizer& optimizer, std::vector<NodeId>& states) {
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
  const Tree& donor_;
  const model::Root& donor_root_;
  const std::vector<Transfer>& transfers_;
  const TransplantOptions& options_;
  model::Graft graft_;
  MergeReport report_;
};

}  // namespace

MergeReport transplant_states(Tree& target, const model::Root& target_root, const Tree& donor,
                              const model::Root& donor_root, const std::vector<Transfer>& transfers,
                              const TransplantOptions& options) {
  return Transplant(target, target_root, donor, donor_root, transfers, options).run();
}

}  // namespace ckpt::optim
