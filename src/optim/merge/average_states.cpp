// Averages by the rule of each key (slot_rules.hpp). Adam's moments need care: at different step
// counts their biases differ, so they are corrected before averaging.

#include "optim/merge/average_states.hpp"

#include <algorithm>
#include <cmath>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/find/equal_values.hpp"
#include "optim/find/states.hpp"
#include "optim/merge/joinable.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using tensor::Operation;

namespace {

NodeId combine_into(model::Tree& target, const std::vector<Member>& members,
                    tensor::Operation operation) {
  return target.add_tensor(combine_members(target, members, operation));
}

}  // namespace

void StateAverager::refuse_other_layout(const std::vector<const Optimizer*>& members) const {
  const Optimizer& first = *members.front();
  const std::string place = concat("optimizer ", quote(first.path_text));
  for (std::size_t i = 1; i < members.size(); ++i) {
    const Optimizer& other = *members[i];
    if (!first.is_editable() || first.form == Form::flattened)
      throw Error(ErrorKind::unsupported, concat(place, ": cannot be averaged in this form"));
    if (!may_be_one_kind(other.kind, first.kind) || other.form != first.form)
      throw Error(ErrorKind::conflict, concat(place, ": is ", first.kind, " in one file and ",
                                              other.kind, " in another"));
    if (other.groups.size() != first.groups.size())
      throw Error(ErrorKind::conflict, concat(place, ": has ", first.groups.size(), " and ",
                                              counted(other.groups.size(), "group")));
    for (std::size_t g = 0; g < first.groups.size(); ++g) refuse_other_group(first, other, i, g);
  }
}

/// The learning rate belongs to the schedule, which is taken from the first file.
bool StateAverager::is_settled(const std::string& key) const {
  return key == "lr" || key == "initial_lr" ||
         std::ranges::find(options_.settled_keys, key) != options_.settled_keys.end();
}

void StateAverager::refuse_other_group(const Optimizer& first, const Optimizer& other,
                                       std::size_t file, std::size_t g) const {
  const std::string place = concat("optimizer ", quote(first.path_text), ": group ", g);
  if (first.groups[g].slot_count != other.groups[g].slot_count)
    throw Error(ErrorKind::conflict, concat(place, " has ", first.groups[g].slot_count, " and ",
                                            counted(other.groups[g].slot_count, "id")));
  for (std::size_t i = 0; i < first.groups[g].slot_count; ++i) {
    const Slot& a = first.slots[first.groups[g].first_slot + i];
    const Slot& b = other.slots[other.groups[g].first_slot + i];
    if (a.shape && b.shape && *a.shape != *b.shape)
      throw Error(ErrorKind::conflict, concat(place, ": id ", a.label, " has shape ",
                                              shape_text(*a.shape), " and ", shape_text(*b.shape)));
  }
  std::vector<std::string> keys =
      first.groups[g].node == no_node
          ? std::vector<std::string>{}
          : differing_hyperparameters(target_, first.groups[g].node, *trees_[file],
                                      other.groups[g].node);
  std::erase_if(keys, [&](const std::string& key) { return is_settled(key); });
  if (keys.empty() || options_.takes_first_hyperparameters) return;
  throw Error(ErrorKind::conflict,
              concat(place, ": ",
                     differences_text(target_, first.groups[g].node, *trees_[file],
                                      other.groups[g].node, keys)),
              "--hyper first takes those of the first file, --hyper KEY=VALUE sets one");
}

void StateAverager::average(const std::vector<const Optimizer*>& members, MergeReport& report) {
  refuse_other_layout(members);
  const Optimizer& first = *members.front();
  const NodeId state = target_.find(first.node, "state");
  std::vector<Entry> entries;
  for (std::size_t slot = 0; slot < first.slots.size(); ++slot) {
    const NodeId averaged = average_state(members, slot);
    if (averaged == no_node) {
      ++report.fresh;
      continue;
    }
    entries.push_back({first.slots[slot].id, averaged});
    ++report.taken;
  }
  target_.set_entries(state, entries);
  average_numbers(members);
}

/// Averages the numbers that groups keep per parameter, over the files that have them.
void StateAverager::average_numbers(const std::vector<const Optimizer*>& members) {
  std::vector<SlotNumbers> numbers;
  for (std::size_t i = 0; i < members.size(); ++i)
    numbers.push_back(slot_numbers(*trees_[i], *members[i]));
  for (const Group& group : members.front()->groups) {
    SlotNumbers averaged;
    for (std::size_t i = 0; i < group.slot_count; ++i)
      averaged.push_back(average_number(numbers, group.first_slot + i));
    set_slot_numbers(target_, group.node, averaged);
  }
}

std::optional<SlotNumber> StateAverager::average_number(const std::vector<SlotNumbers>& numbers,
                                                        std::size_t slot) const {
  std::optional<SlotNumber> sum;
  double voting = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i].empty() || !numbers[i][slot]) continue;
    if (!sum) sum = SlotNumber{.vector = numbers[i][slot]->vector};
    sum->value += weights_[i] * numbers[i][slot]->value;
    voting += weights_[i];
  }
  if (sum) sum->value /= voting;
  return sum;
}

NodeId StateAverager::average_state(const std::vector<const Optimizer*>& optimizers,
                                    std::size_t slot) {
  std::vector<Member> states;
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    const NodeId state = optimizers[i]->slots[slot].state;
    if (!is_real_state(*trees_[i], state)) continue;
    const auto step = find_number(*trees_[i], trees_[i]->find(state, "step"));
    states.push_back({trees_[i], state, weights_[i], step.value_or(0)});
  }
  if (states.empty()) return no_node;
  states = renormalized(std::move(states), optimizers.size());
  const Optimizer& first = *optimizers.front();
  const NodeId group = first.groups[first.slots[slot].group].node;
  std::vector<Entry> averaged;
  const Member& model_state = states.front();
  model::Graft graft(target_, *model_state.tree);
  const std::vector<Entry> before = model::copy_entries(*model_state.tree, model_state.node);
  for (const Entry& entry : before) {
    if (!model_state.tree->is(entry.key, Kind::text)) continue;
    const std::string key(model_state.tree->text(entry.key));
    const NodeId value = average_value(states, key, group, first.slots[slot].label);
    if (value != no_node) averaged.push_back({graft.copy(entry.key), value});
  }
  return target_.add_dict(averaged);
}

NodeId StateAverager::average_value(const std::vector<Member>& states, const std::string& key,
                                    NodeId group, const std::string& label) {
  std::vector<Member> members;
  for (const Member& state : states) {
    Member member = state;
    member.node = state.tree->find(state.node, key);
    if (member.node != no_node && !member.tree->is(member.node, Kind::none))
      members.push_back(member);
  }
  if (members.empty())
    return take(states.front(), states.front().tree->find(states.front().node, key));
  members = renormalized(std::move(members), states.size());
  const SlotRule rule = slot_rule(key);
  const auto largest = std::ranges::max_element(members, {}, &Member::step);
  if (rule.mean == SlotMean::step || rule.mean == SlotMean::of_larger_step)
    return take(*largest, largest->node);
  if (rule.mean == SlotMean::refused) return unaveraged(members.front(), key, label);
  for (const Member& member : members)
    if (!member.tree->is(member.node, Kind::tensor)) return unaveraged(members.front(), key, label);
  refuse_other_shape(concat("state ", label, ":", key), members);
  if (!is_floating(members.front().tree->tensor(members.front().node)))
    return unaveraged(members.front(), key, label);
  return average_slot(members, rule.mean, group);
}

NodeId StateAverager::average_slot(const std::vector<Member>& members, SlotMean mean,
                                   NodeId group) {
  if (mean == SlotMean::maximum) return combine_into(target_, members, Operation::maximum);
  if (mean == SlotMean::geometric_mean)
    return combine_into(target_, members, Operation::geometric_mean);
  const bool is_moment = mean == SlotMean::first_moment || mean == SlotMean::second_moment;
  const bool has_equal_steps = std::ranges::all_of(
      members, [&](const Member& member) { return member.step == members.front().step; });
  if (!is_moment || has_equal_steps) return combine_into(target_, members, Operation::weighted_sum);
  return average_unbiased(members, beta_of(group, mean == SlotMean::first_moment ? 0 : 1));
}

std::optional<double> StateAverager::beta_of(NodeId group, std::size_t index) const {
  const NodeId betas = group == no_node ? no_node : target_.find(group, "betas");
  const bool is_sequence =
      betas != no_node && (target_.is(betas, Kind::tuple) || target_.is(betas, Kind::list));
  if (!is_sequence || target_.items(betas).size() <= index) return std::nullopt;
  return find_number(target_, target_.items(betas)[index]);
}

/// Averages the bias-corrected moments, then applies the bias of the larger step.
NodeId StateAverager::average_unbiased(const std::vector<Member>& members,
                                       std::optional<double> beta) {
  if (!beta) return combine_into(target_, members, Operation::weighted_sum);
  tensor::Combination combination{.operation = Operation::weighted_sum};
  double step = 0;
  for (const Member& member : members) {
    step = std::max(step, member.step);
    const double divisor = 1 - std::pow(*beta, member.step);
    if (divisor == 0) return combine_into(target_, members, Operation::weighted_sum);
    combination.inputs.push_back(input_of(member, member.tree->tensor(member.node), divisor));
  }
  combination.scale = 1 - std::pow(*beta, step);
  return target_.add_tensor(tensor::combined(target_, combination));
}

NodeId StateAverager::take(const Member& member, NodeId node) {
  if (member.tree == &target_) return node;
  return model::Graft(target_, *member.tree).copy(node);
}

NodeId StateAverager::unaveraged(const Member& member, const std::string& key,
                                 const std::string& label) {
  switch (options_.unaveraged) {
    case Unaveraged::first:
      return take(member, member.node);
    case Unaveraged::drop:
      return no_node;
    case Unaveraged::refuse:
      break;
  }
  throw Error(ErrorKind::conflict, concat("state ", label, ": ", quote(key), " cannot be averaged"),
              "--state first takes the first file's, --state drop leaves such entries out");
}

}  // namespace ckpt::optim
