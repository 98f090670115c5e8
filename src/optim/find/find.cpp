// Optimizers are recognised by their shape in the tree (forms.hpp), since nothing in a file names
// them. States are found by the value of an id, because an id may be several equal nodes.

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "optim/find/forms.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

std::string identity_of(const Tree& tree, NodeId id) {
  switch (tree.kind(id)) {
    case Kind::integer:
      return concat("i", tree.integer(id));
    case Kind::boolean:
      return tree.boolean(id) ? "i1" : "i0";  // as Python's dicts have it
    case Kind::text:
      return concat("t", tree.text(id));
    case Kind::big_integer:
      return concat("b", tree.text(id));
    default:
      return concat("n", static_cast<std::uint32_t>(id));
  }
}

namespace {

using StateByIdentity = std::unordered_map<std::string, Entry>;

StateByIdentity states_by_identity(const Tree& tree, NodeId state) {
  StateByIdentity found;
  for (const Entry& entry : tree.entries(state)) found[identity_of(tree, entry.key)] = entry;
  return found;
}

std::string label_of(const Tree& tree, NodeId id) {
  return tree.is(id, Kind::text) ? std::string(tree.text(id)) : model::key_text(tree, id);
}

void append_group(const Tree& tree, NodeId group, const StateByIdentity& states,
                  Optimizer& optimizer) {
  const NodeId params = tree.find(group, "params");
  optimizer.groups.push_back({group, params, optimizer.slots.size(), 0});
  if (params == no_node || !is_list_like(tree, params)) return;
  for (const NodeId id : tree.items(params)) {
    Slot slot{.id = id, .group = optimizer.groups.size() - 1, .label = label_of(tree, id)};
    if (const auto found = states.find(identity_of(tree, id)); found != states.end())
      slot.state = found->second.value;
    slot.shape = shape_from_state(tree, slot.state);
    optimizer.slots.push_back(std::move(slot));
  }
  optimizer.groups.back().slot_count = optimizer.slots.size() - optimizer.groups.back().first_slot;
}

void find_orphans(const Tree& tree, NodeId state, Optimizer& optimizer) {
  std::unordered_set<std::string> known;
  for (const Slot& slot : optimizer.slots) known.insert(identity_of(tree, slot.id));
  for (const Entry& entry : tree.entries(state))
    if (!known.contains(identity_of(tree, entry.key))) optimizer.orphans.push_back(entry.key);
}

/// LBFGS has one state entry for all parameters; its tensors have the length of all of them
/// together.
void forget_shapes_of_lbfgs(Optimizer& optimizer) {
  if (optimizer.kind != "LBFGS") return;
  for (Slot& slot : optimizer.slots) slot.shape.reset();
}

Optimizer parse_grouped(const Tree& tree, NodeId node) {
  Optimizer optimizer{.node = node};
  const NodeId state = tree.find(node, "state");
  const StateByIdentity states = states_by_identity(tree, state);
  for (const NodeId group : tree.items(tree.find(node, "param_groups")))
    append_group(tree, group, states, optimizer);
  find_orphans(tree, state, optimizer);
  const bool has_text_ids =
      !optimizer.slots.empty() && std::ranges::all_of(optimizer.slots, [&](const Slot& slot) {
        return tree.is(slot.id, Kind::text);
      });
  if (has_text_ids) optimizer.form = Form::named;
  optimizer.kind = kind_of(tree, optimizer);
  forget_shapes_of_lbfgs(optimizer);
  find_own_names(tree, optimizer);
  return optimizer;
}

Optimizer parse_state_only(const Tree& tree, NodeId node) {
  Optimizer optimizer{.node = node, .form = Form::state_only};
  for (const Entry& entry : tree.entries(tree.find(node, "state")))
    optimizer.slots.push_back({.id = entry.key,
                               .state = entry.value,
                               .label = label_of(tree, entry.key),
                               .shape = shape_from_state(tree, entry.value)});
  optimizer.groups.push_back({no_node, no_node, 0, optimizer.slots.size()});
  optimizer.kind = kind_of(tree, optimizer);
  find_own_names(tree, optimizer);
  return optimizer;
}

Optimizer foreign_optimizer(NodeId node, std::string problem) {
  Optimizer optimizer;
  optimizer.node = node;
  optimizer.form = Form::foreign;
  optimizer.kind = problem;
  optimizer.problem = std::move(problem);
  return optimizer;
}

std::optional<Optimizer> parse_any(const Tree& tree, NodeId node) {
  const std::string_view problem = foreign_problem(tree, node);
  if (!problem.empty()) return foreign_optimizer(node, std::string(problem));
  if (is_grouped_optimizer(tree, node)) return parse_grouped(tree, node);
  if (is_flattened_optimizer(tree, node)) return parse_flattened(tree, node);
  if (is_state_only_optimizer(tree, node)) return parse_state_only(tree, node);
  return std::nullopt;
}

}  // namespace

std::vector<Optimizer> find_optimizers(const Tree& tree) {
  std::vector<Optimizer> optimizers;
  const auto places = std::make_shared<model::Places>();
  model::PlaceTexts texts(tree, *places);
  std::vector<bool> is_seen(tree.size());
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    const bool may_be_one = tree.is(walk.node(), Kind::dict) || tree.is(walk.node(), Kind::object);
    if (!may_be_one) continue;
    if (is_seen[static_cast<std::size_t>(walk.node())]) {
      walk.skip_children();
      continue;
    }
    is_seen[static_cast<std::size_t>(walk.node())] = true;
    std::optional<Optimizer> found = parse_any(tree, walk.node());
    if (!found) continue;
    found->place = {places, walk.place(*places)};
    found->path_text = texts.text(found->place.id);
    optimizers.push_back(std::move(*found));
    walk.skip_children();
  }
  return optimizers;
}

}  // namespace ckpt::optim
