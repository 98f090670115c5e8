// Looks up each slot of the reference by name in the optimizers of the parts, and copies the state
// from there. A slot without a source stays without a state, unless the optimizer needs one
// (Adagrad).

#include "ckpt/optim/join_like.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/candidates.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/edit/initial_state.hpp"
#include "optim/find/equal_values.hpp"
#include "optim/find/scheduler_lists.hpp"
#include "optim/find/slot_numbers.hpp"
#include "optim/find/states.hpp"
#include "optim/find/uniform_steps.hpp"
#include "optim/find/wrappers.hpp"
#include "optim/merge/joinable.hpp"

namespace ckpt::optim {

using model::Entry;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// A part with one of its optimizers.
struct Source {
  const JoinPart& part;
  const Identified& identified;
  SlotNumbers numbers;
};

/// A slot of a source.
struct Place {
  std::size_t source = 0;
  std::size_t slot = 0;
};

void require_names(const JoinPart& part, const Identified& identified, Trust trust) {
  const Resolution& resolution = identified.resolution;
  const bool is_enough =
      trust == Trust::assumed ? resolution.is_settled() : resolution.level <= Level::proved;
  if (is_enough) return;
  throw Error(
      ErrorKind::conflict,
      concat(part.file, ": ", place_text(identified.optimizer), ": which id is which parameter is ",
             level_text(resolution.level), ": ", resolution.rule),
      "optim names writes the names into the file, with --group, --id-order or others");
}

class LikeJoiner {
 public:
  LikeJoiner(Tree& target, std::vector<Source> sources, const JoinPart& reference,
             const Identified& like, MergeReport& report)
      : target_(target),
        sources_(std::move(sources)),
        reference_(reference),
        like_(like),
        report_(report),
        like_graft_(target, reference.tree) {
    for (const Source& source : sources_) grafts_.emplace_back(target_, source.part.tree);
  }

  void run() {
    for (const Source& source : sources_)
      within(source.part.file, [&] { refuse_unjoinable(first(), source.identified.optimizer); });
    refuse_other_kind();
    for (std::size_t i = 0; i < sources_.size(); ++i) index_names(i);
    find_step();
    for (const Group& group : like_.optimizer.groups) write_group(group);
    say_left_out();
    make_steps_uniform(target_, states_);
    write_states();
  }

 private:
  const Optimizer& first() const { return sources_.front().identified.optimizer; }

  void refuse_other_kind() const {
    if (may_be_one_kind(first().kind, like_.optimizer.kind)) return;
    throw Error(ErrorKind::conflict,
                concat(reference_.file, ": ", place_text(like_.optimizer), ": is ",
                       like_.optimizer.kind, ", those to be joined are ", first().kind));
  }

  std::string joint_name(const Source& source, const std::string& name) const {
    return without_wrappers(concat(source.part.prefix, name));
  }

  void index_names(std::size_t index) {
    const Source& source = sources_[index];
    const std::vector<std::string>& names = source.identified.resolution.names;
    for (std::size_t i = 0; i < names.size(); ++i)
      places_.try_emplace(joint_name(source, names[i]), Place{index, i});
    if (!source.part.tree.is(source.part.root.node, model::Kind::dict)) return;
    const ModelPart model = make_model_part(source.part.tree, source.part.root.node);
    for (const Candidate& candidate : model.candidates)
      known_.insert(joint_name(source, candidate.name));
    for (const auto& [one, other] : model.ties) {
      add_alias(joint_name(source, one), joint_name(source, other));
      add_alias(joint_name(source, other), joint_name(source, one));
    }
  }

  void add_alias(const std::string& name, const std::string& alias) {
    known_.insert(alias);
    if (const auto found = places_.find(name); found != places_.end())
      places_.try_emplace(alias, found->second);
  }

  /// apex counts steps in the groups; a joint group has one count.
  void find_step() {
    for (std::size_t i = 0; i < sources_.size(); ++i)
      for (const Group& group : sources_[i].identified.optimizer.groups) {
        const Tree& tree = sources_[i].part.tree;
        const NodeId step = tree.find(group.node, "step");
        if (step == no_node) continue;
        if (!step_) step_ = std::pair{i, step};
        const Tree& first_tree = sources_[step_->first].part.tree;
        if (are_equal(first_tree, step_->second, tree, step)) continue;
        throw Error(ErrorKind::conflict,
                    concat(sources_[i].part.file, ": ", place_text(first()), ": a group counts ",
                           hyperparameter_text(tree, step), " steps, another ",
                           hyperparameter_text(first_tree, step_->second)),
                    "groups that count steps are joined only at the same step");
      }
  }

  void write_group(const Group& like) {
    const NodeId node = like_graft_.copy(like.node);
    std::vector<NodeId> ids;
    SlotNumbers numbers;
    std::optional<Place> some;
    for (std::size_t i = like.first_slot; i < like.first_slot + like.slot_count; ++i) {
      const std::optional<Place> place = find_place(i);
      if (place && !some) some = place;
      ids.push_back(new_id(i));
      const NodeId state = place ? take_state(*place) : no_node;
      states_.push_back(state == no_node ? fresh_state(i, node) : state);
      ids_.push_back(ids.back());
      numbers.push_back(place && states_.back() != no_node ? number_at(*place) : std::nullopt);
    }
    target_.set_items(target_.find(node, "params"), ids);
    set_slot_numbers(target_, node, numbers);
    write_step(node);
    if (some) say_other_hyperparameters(like, *some);
    groups_.push_back(node);
  }

  /// The source of the parameter in a slot of the reference; nothing when it was frozen in its
  /// part.
  std::optional<Place> find_place(std::size_t like_slot) {
    const std::string& name = like_.resolution.names[like_slot];
    const auto found = places_.find(without_wrappers(name));
    if (found == places_.end()) {
      if (known_.contains(without_wrappers(name))) return std::nullopt;
      std::vector<std::string> names(known_.begin(), known_.end());
      std::ranges::sort(names);
      throw Error(ErrorKind::conflict,
                  concat(reference_.file, ": ", place_text(like_.optimizer), ": trains ",
                         quote(name), ", which no file to be joined has"),
                  did_you_mean(find_closest(name, names)));
    }
    const Place place = found->second;
    refuse_other_shape(like_slot, place);
    used_.insert(&slot_at(place));
    return place;
  }

  void refuse_other_shape(std::size_t like_slot, const Place& place) const {
    const std::optional<Shape>& wanted = like_.optimizer.slots[like_slot].shape;
    const std::optional<Shape>& shape = slot_at(place).shape;
    if (!wanted || !shape || *wanted == *shape) return;
    throw Error(ErrorKind::conflict,
                concat(reference_.file, ": ", quote(like_.resolution.names[like_slot]),
                       " has shape ", shape_text(*wanted), ", in ",
                       sources_[place.source].part.file, " ", shape_text(*shape)));
  }

  const Slot& slot_at(const Place& place) const {
    return sources_[place.source].identified.optimizer.slots[place.slot];
  }

  NodeId new_id(std::size_t like_slot) {
    return first().form == Form::named ? target_.add_text(like_.resolution.names[like_slot])
                                       : target_.add_integer(next_id_++);
  }

  NodeId take_state(const Place& place) {
    const NodeId state = slot_at(place).state;
    if (!is_real_state(sources_[place.source].part.tree, state)) return no_node;
    if (place.source == 0) return state;
    ++report_.taken;
    return grafts_[place.source].copy(state);
  }

  /// Adagrad creates its state in its constructor, and step() expects it.
  NodeId fresh_state(std::size_t like_slot, NodeId group) {
    Slot slot = like_.optimizer.slots[like_slot];
    if (first().kind != "Adagrad" || !is_real_state(reference_.tree, slot.state)) return no_node;
    slot.state = like_graft_.copy(slot.state);
    slot.group = 0;
    Optimizer of_group;
    of_group.groups.push_back({.node = group});
    return make_initial_adagrad_state(target_, of_group, slot);
  }

  std::optional<SlotNumber> number_at(const Place& place) const {
    const SlotNumbers& numbers = sources_[place.source].numbers;
    return numbers.empty() ? std::nullopt : numbers[place.slot];
  }

  void write_step(NodeId group) {
    model::edit_entries(target_, group, [&](std::vector<Entry>& entries) {
      std::erase_if(entries,
                    [&](const Entry& entry) { return target_.is_text(entry.key, "step"); });
      if (step_)
        entries.push_back(
            {target_.add_text("step"),
             model::Graft(target_, sources_[step_->first].part.tree).copy(step_->second)});
    });
  }

  void say_other_hyperparameters(const Group& like, const Place& place) {
    const Source& source = sources_[place.source];
    const Optimizer& optimizer = source.identified.optimizer;
    const NodeId group = optimizer.groups[slot_at(place).group].node;
    std::vector<std::string> keys =
        differing_hyperparameters(reference_.tree, like.node, source.part.tree, group);
    std::erase(keys, "step");
    if (keys.empty()) return;
    report_.remarks.push_back(concat(
        place_text(first()), ": group ", groups_.size(), " is ", reference_.file, "'s, not ",
        source.part.file,
        "'s: ", differences_text(reference_.tree, like.node, source.part.tree, group, keys)));
  }

  void say_left_out() {
    for (const Source& source : sources_) {
      const std::vector<Slot>& slots = source.identified.optimizer.slots;
      const auto count = std::ranges::count_if(slots, [&](const Slot& slot) {
        return is_real_state(source.part.tree, slot.state) && !used_.contains(&slot);
      });
      if (count > 0)
        report_.remarks.push_back(
            concat(source.part.file, ": ", counted(static_cast<std::size_t>(count), "state"),
                   " of parameters that ", reference_.file, " does not train left out"));
    }
  }

  void write_states() {
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (is_real_state(target_, states_[i])) entries.push_back({ids_[i], states_[i]});
    target_.set_entries(target_.find(first().node, "state"), entries);
    target_.set_items(target_.find(first().node, "param_groups"), groups_);
  }

  Tree& target_;
  std::vector<Source> sources_;
  const JoinPart& reference_;
  const Identified& like_;
  MergeReport& report_;
  model::Graft like_graft_;
  std::vector<model::Graft> grafts_;  // by source
  std::unordered_map<std::string, Place> places_;
  std::unordered_set<std::string> known_;  // names of the joint model
  std::unordered_set<const Slot*> used_;
  std::optional<std::pair<std::size_t, NodeId>> step_;  // source, count
  std::vector<NodeId> groups_;
  std::vector<NodeId> ids_;
  std::vector<NodeId> states_;
  std::int64_t next_id_ = 0;
};

/// Replaces lists with one entry per group when the number of groups changed.
void carry_schedulers_like(Tree& target, const std::vector<Identified>& before,
                           const JoinPart& reference, const std::vector<Identified>& likes) {
  const std::vector<Baggage> others = find_baggage(reference.tree);
  for (const Baggage& scheduler : find_baggage(target)) {
    if (scheduler.kind != BaggageKind::scheduler || scheduler.count == 0) continue;
    bool fits = false;
    for (std::size_t i = 0; i < before.size(); ++i)
      fits = fits || (scheduler.count == before[i].optimizer.groups.size() &&
                      scheduler.count == likes[i].optimizer.groups.size());
    if (fits) continue;
    const auto other = std::ranges::find_if(others, [&](const Baggage& one) {
      return one.kind == BaggageKind::scheduler && one.path == scheduler.path;
    });
    if (other == others.end())
      throw Error(ErrorKind::conflict,
                  concat("scheduler ", quote(scheduler.path), " has lists for ",
                         counted(scheduler.count, "group"), ", ", reference.file,
                         " has other groups and no scheduler there"),
                  "filter --drop leaves the scheduler out");
    replace_scheduler_lists(target, scheduler.node,
                            model::Graft(target, reference.tree).copy(other->node));
  }
}

}  // namespace

MergeReport join_optimizers_like(Tree& target, const std::vector<JoinPart>& parts,
                                 const JoinPart& reference, Trust trust) {
  MergeReport report;
  std::vector<std::vector<Identified>> found;
  for (const JoinPart& part : parts) {
    found.push_back(identify(part.tree, part.tree));
    refuse_other_count(found.front().size(), found.back().size());
  }
  const std::vector<Identified> likes = identify(reference.tree, reference.tree);
  refuse_other_count(found.front().size(), likes.size());
  for (std::size_t i = 0; i < likes.size(); ++i) {
    std::vector<Source> sources;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      require_names(parts[p], found[p][i], trust);
      sources.push_back(
          {parts[p], found[p][i], slot_numbers(parts[p].tree, found[p][i].optimizer)});
    }
    require_names(reference, likes[i], trust);
    LikeJoiner(target, std::move(sources), reference, likes[i], report).run();
  }
  carry_schedulers_like(target, found.front(), reference, likes);
  return report;
}

}  // namespace ckpt::optim
