// Joins the optimizers of two models that become parts of one model.
#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/merge.hpp"
#include "optim/find/equal_values.hpp"
#include "optim/find/scheduler_lists.hpp"
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

/// A group of the joint optimizer: the hyperparameters of one group, the entries of one or more.
struct JointGroup {
  NodeId node = no_node;
  std::vector<NodeId> ids;
  std::vector<NodeId> states;
  std::vector<std::string> names;
  SlotNumbers numbers;
};

class Joiner {
 public:
  Joiner(Tree& target, const Tree& donor, const Optimizer& first, const Optimizer& second,
         const std::string& first_prefix, const std::string& second_prefix,
         const JoinOptions& options, MergeReport& report)
      : target_(target),
        donor_(donor),
        first_(first),
        second_(second),
        first_prefix_(first_prefix),
        second_prefix_(second_prefix),
        options_(options),
        report_(report),
        graft_(target, donor),
        first_numbers_(slot_numbers(target, first)),
        second_numbers_(slot_numbers(donor, second)) {}

  /// Returns whether the groups were appended instead of merged.
  bool run() {
    refuse_unjoinable(first_, second_);
    has_names_ =
        !first_.own_names.empty() && !second_.own_names.empty() && first_.form == second_.form;
    const GroupJoin join = chosen();
    for (std::size_t g = 0; g < first_.groups.size(); ++g) append_first(g, join);
    for (std::size_t g = 0; g < second_.groups.size(); ++g) append_second(g, join);
    write();
    return join == GroupJoin::per_source;
  }

 private:
  bool is_settled(const std::string& key) const {
    return std::ranges::find(options_.settled_keys, key) != options_.settled_keys.end();
  }

  /// Hyperparameters that differ and that no option sets.
  std::vector<std::string> unsettled(const Tree& a, NodeId x, const Tree& b, NodeId y) const {
    std::vector<std::string> keys = differing_hyperparameters(a, x, b, y);
    std::erase_if(keys, [&](const std::string& key) { return is_settled(key); });
    return keys;
  }

  bool are_equal_pairwise() const {
    if (first_.groups.size() != second_.groups.size()) return false;
    for (std::size_t g = 0; g < first_.groups.size(); ++g)
      if (!unsettled(target_, first_.groups[g].node, donor_, second_.groups[g].node).empty())
        return false;
    return true;
  }

  /// `automatic` means pairwise from here on.
  GroupJoin chosen() const {
    if (options_.groups != GroupJoin::automatic) return options_.groups;
    return are_equal_pairwise() ? GroupJoin::automatic : GroupJoin::per_source;
  }

  void append_first(std::size_t g, GroupJoin join) {
    if (join == GroupJoin::one && !groups_.empty()) {
      refuse_other_hyperparameters(target_, first_.groups[g].node);
      return append_slots(first_, g, groups_.front());
    }
    groups_.push_back(
        {.node = first_.groups[g].node, .ids = {}, .states = {}, .names = {}, .numbers = {}});
    append_slots(first_, g, groups_.back());
  }

  void append_second(std::size_t g, GroupJoin join) {
    if (join == GroupJoin::per_source || groups_.empty()) {
      groups_.push_back({.node = graft_.copy(second_.groups[g].node),
                         .ids = {},
                         .states = {},
                         .names = {},
                         .numbers = {}});
      return append_slots(second_, g, groups_.back());
    }
    if (join == GroupJoin::one) refuse_other_hyperparameters(donor_, second_.groups[g].node);
    append_slots(second_, g, groups_[join == GroupJoin::one ? 0 : g]);
  }

  void refuse_other_hyperparameters(const Tree& tree, NodeId group) {
    JointGroup& joint = groups_.front();
    const std::vector<std::string> keys = unsettled(target_, joint.node, tree, group);
    if (keys.empty()) return;
    if (!options_.hyperparameters_of)
      throw Error(ErrorKind::conflict,
                  concat(place_text(first_), ": groups cannot be made one: ",
                         differences_text(target_, joint.node, tree, group, keys)),
                  "--hyper first or --hyper second takes those of one file, --hyper KEY=VALUE sets "
                  "one; --groups per-source keeps the groups apart");
    if (*options_.hyperparameters_of == 1 && &tree == &donor_) joint.node = graft_.copy(group);
  }

  void append_slots(const Optimizer& optimizer, std::size_t g, JointGroup& joint) {
    const bool is_first = &optimizer == &first_;
    const Group& group = optimizer.groups[g];
    const SlotNumbers& numbers = is_first ? first_numbers_ : second_numbers_;
    for (std::size_t i = group.first_slot; i < group.first_slot + group.slot_count; ++i) {
      const Slot& slot = optimizer.slots[i];
      const std::string name =
          optimizer.own_names.empty()
              ? ""
              : concat(is_first ? first_prefix_ : second_prefix_, optimizer.own_names[i]);
      joint.names.push_back(name);
      joint.ids.push_back(optimizer.form == Form::named ? target_.add_text(name) : no_node);
      joint.numbers.push_back(numbers.empty() ? std::nullopt : numbers[i]);
      joint.states.push_back(is_first ? slot.state : grafted(slot.state));
      if (!is_first && joint.states.back() != no_node) ++report_.taken;
    }
  }

  NodeId grafted(NodeId state) {
    return is_real_state(donor_, state) ? graft_.copy(state) : no_node;
  }

  /// Numbers the ids 0 to n-1 through the groups, as torch does.
  void number_ids() {
    std::int64_t next = 0;
    for (JointGroup& group : groups_)
      for (NodeId& id : group.ids)
        if (id == no_node) id = target_.add_integer(next++);
  }

  void write() {
    number_ids();
    std::vector<NodeId> states;
    std::vector<NodeId> groups;
    std::vector<Entry> entries;
    for (const JointGroup& group : groups_) {
      states.insert(states.end(), group.states.begin(), group.states.end());
      groups.push_back(group.node);
      write_group(group);
    }
    make_steps_uniform(target_, states);
    for (const JointGroup& group : groups_)
      for (std::size_t i = 0; i < group.ids.size(); ++i)
        if (is_real_state(target_, group.states[i]))
          entries.push_back({group.ids[i], group.states[i]});
    target_.set_entries(target_.find(first_.node, "state"), entries);
    target_.set_items(target_.find(first_.node, "param_groups"), groups);
  }

  void write_group(const JointGroup& group) {
    target_.set_items(target_.find(group.node, "params"), group.ids);
    set_slot_numbers(target_, group.node, group.numbers);
    const NodeId names = target_.find(group.node, "param_names");
    if (names == no_node) return;
    if (has_names_) {
      std::vector<NodeId> texts;
      for (const std::string& name : group.names) texts.push_back(target_.add_text(name));
      return target_.set_items(names, texts);
    }
    // Either all groups have names or none has.
    model::edit_entries(target_, group.node, [&](std::vector<Entry>& entries) {
      std::erase_if(entries, [&](const Entry& entry) { return entry.value == names; });
    });
    report_.remarks.push_back(
        concat(place_text(first_), ": only one file had param_names; left out"));
  }

  Tree& target_;
  const Tree& donor_;
  const Optimizer& first_;
  const Optimizer& second_;
  const std::string& first_prefix_;
  const std::string& second_prefix_;
  const JoinOptions& options_;
  MergeReport& report_;
  model::Graft graft_;
  SlotNumbers first_numbers_;
  SlotNumbers second_numbers_;
  std::vector<JointGroup> groups_;
  bool has_names_ = false;
};

/// When groups were appended, appends the entries of the second file to the schedulers too.
void join_group_lists(Tree& target, const Tree& donor, MergeReport& report) {
  std::unordered_map<std::string, NodeId> others;  // by path
  for (const Baggage& other : find_baggage(donor))
    if (other.kind == BaggageKind::scheduler) others.try_emplace(other.path, other.node);
  for (const Baggage& scheduler : find_baggage(target)) {
    const auto other = others.find(scheduler.path);
    if (scheduler.kind != BaggageKind::scheduler || other == others.end()) continue;
    model::Graft graft(target, donor);
    join_schedulers(target, scheduler.node, graft.copy(other->second));
    const NodeId epoch = target.find(scheduler.node, "last_epoch");
    const NodeId other_epoch = donor.find(other->second, "last_epoch");
    if (epoch != no_node && other_epoch != no_node && !are_equal(target, epoch, donor, other_epoch))
      report.remarks.push_back(concat("scheduler ", quote(scheduler.path),
                                      ": counters differ; the first file's are kept"));
  }
}

}  // namespace

MergeReport join_optimizers(Tree& target, const Tree& donor, const std::string& target_prefix,
                            const std::string& donor_prefix, const JoinOptions& options) {
  MergeReport report;
  const std::vector<Optimizer> firsts = find_optimizers(target);
  const std::vector<Optimizer> seconds = find_optimizers(donor);
  if (firsts.empty() && seconds.empty()) return report;
  refuse_other_count(firsts.size(), seconds.size());
  bool has_appended = false;
  for (std::size_t i = 0; i < firsts.size(); ++i)
    has_appended =
        Joiner(target, donor, firsts[i], seconds[i], target_prefix, donor_prefix, options, report)
            .run() ||
        has_appended;
  if (has_appended) join_group_lists(target, donor, report);
  return report;
}

}  // namespace ckpt::optim
