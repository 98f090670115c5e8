#include "optim/find/forms.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/model/sections.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

bool is_list_like(const Tree& tree, NodeId id) {
  return tree.is(id, Kind::list) || tree.is(id, Kind::tuple);
}

namespace {

constexpr std::string_view state_prefix = "state.";
constexpr std::string_view groups_prefix = "param_groups.";

/// The attributes of a pickled object: the dict that is its state.
NodeId attributes_of(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::object)) return no_node;
  for (const model::Step& step : tree.object(id).steps)
    if (step.kind == model::StepKind::build && tree.is(step.value, Kind::dict)) return step.value;
  return no_node;
}

bool has(const Tree& tree, NodeId dict, std::string_view key) {
  return tree.find(dict, key) != no_node;
}

/// fairseq's fp16 optimizer joins all parameters of a device: a single id with one-dimensional
/// states, and the loss scale beside it.
bool is_flat_fairseq(const Tree& tree, NodeId id) {
  if (!has(tree, id, "loss_scale") || !model::is_optimizer(tree, id)) return false;
  const NodeId state = tree.find(id, "state");
  if (!tree.is(state, Kind::dict) || tree.entries(state).size() != 1) return false;
  const auto shape = shape_from_state(tree, tree.entries(state).front().value);
  const auto groups = tree.items(tree.find(id, "param_groups"));
  if (!shape || shape->size() != 1 || groups.size() != 1) return false;
  const NodeId params = tree.find(groups.front(), "params");
  return params != no_node && is_list_like(tree, params) && tree.items(params).size() == 1;
}

}  // namespace

bool is_grouped_optimizer(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::dict) || !model::is_optimizer(tree, id)) return false;
  return std::ranges::all_of(tree.items(tree.find(id, "param_groups")), [&](NodeId group) {
    const NodeId params = tree.find(group, "params");
    return params != no_node && is_list_like(tree, params);
  });
}

bool is_flattened_optimizer(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::dict) || tree.entries(id).empty()) return false;
  bool has_state = false, has_groups = false, has_weights = false;
  for (const Entry& entry : tree.entries(id)) {
    if (!tree.is(entry.key, Kind::text)) return false;
    const auto key = parse_flat_key(tree.text(entry.key));
    if (!key) return false;
    (key->is_state ? has_state : has_groups) = true;
    has_weights = has_weights || (tree.is(entry.value, Kind::tensor) &&
                                  !tree.tensor(entry.value).layout.shape.empty());
  }
  // A model may have a child named "state" or "param_groups". Hyperparameters alone belong to an
  // optimizer without states, such as SGD.
  return has_groups && (has_state || !has_weights);
}

bool is_state_only_optimizer(const Tree& tree, NodeId id) {
  const NodeId state = tree.find(id, "state");
  if (state == no_node || !tree.is(state, Kind::dict) || has(tree, id, "param_groups"))
    return false;
  const auto entries = tree.entries(state);
  return !entries.empty() && std::ranges::all_of(entries, [&](const Entry& entry) {
    return tree.is(entry.key, Kind::text) && tree.is(entry.value, Kind::dict) &&
           shape_from_state(tree, entry.value).has_value();
  });
}

std::string_view foreign_problem(const Tree& tree, NodeId id) {
  const NodeId attributes = attributes_of(tree, id);
  if (attributes != no_node && has(tree, attributes, "state") &&
      has(tree, attributes, "param_groups"))
    return "pickled optimizer object";
  if (!tree.is(id, Kind::dict)) return {};
  if (has(tree, id, "base_optimizer_state") || has(tree, id, "single_partition_of_fp32_groups"))
    return "DeepSpeed ZeRO 1 or 2 shard";
  if (has(tree, id, "fp32_flat_groups")) return "DeepSpeed ZeRO 3 shard";
  if (is_flat_fairseq(tree, id)) return "flat fairseq optimizer";
  return {};
}

std::optional<FlatKey> parse_flat_key(std::string_view text) {
  const bool is_state = text.starts_with(state_prefix);
  if (!is_state && !text.starts_with(groups_prefix)) return std::nullopt;
  text.remove_prefix(is_state ? state_prefix.size() : groups_prefix.size());
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return std::nullopt;
  return FlatKey{is_state, text.substr(0, dot), text.substr(dot + 1)};
}

Optimizer parse_flattened(const Tree& tree, NodeId node) {
  Optimizer optimizer{.node = node, .form = Form::flattened, .kind = "unknown optimizer"};
  std::unordered_map<std::string_view, std::size_t> slot_of_name;
  for (const Entry& entry : tree.entries(node)) {
    const FlatKey key = *parse_flat_key(tree.text(entry.key));
    const auto [found, is_new] = slot_of_name.try_emplace(key.name, optimizer.slots.size());
    if (is_new) optimizer.slots.push_back({.label = std::string(key.name)});
    if (!key.is_state) continue;
    Slot& slot = optimizer.slots[found->second];
    if (tree.is(entry.value, Kind::tensor) && key.key.starts_with("exp_avg"))
      optimizer.kind = "Adam family";
    const bool shows_shape = tree.is(entry.value, Kind::tensor) &&
                             (key.key == "exp_avg" || key.key == "momentum_buffer");
    if (shows_shape) slot.shape = tree.tensor(entry.value).layout.shape;
  }
  optimizer.groups.push_back({no_node, no_node, 0, optimizer.slots.size()});
  find_own_names(tree, optimizer);
  return optimizer;
}

}  // namespace ckpt::optim
