// Writes the tree to a graph, and asks the same rules that judge a pickle (call_rules.hpp) about
// each object.

#include "ckpt/torch/refused_values.hpp"

#include <algorithm>

#include "ckpt/pickle/pickler.hpp"
#include "ckpt/pickle/scan.hpp"
#include "ckpt/torch/weights_only.hpp"
#include "ckpt/torch/write_graph.hpp"
#include "torch/call_rules.hpp"

namespace ckpt::torch {

namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;

bool is_step_refused(const CallRules& rules, NodeId object, const pickle::Step& step) {
  switch (step.kind) {
    case pickle::StepKind::build:
      return rules.find_wrong_build(object, step.value).has_value();
    case pickle::StepKind::set_item:
      return !rules.takes_items(object);
    case pickle::StepKind::append:
    case pickle::StepKind::add:
      return true;
  }
  return true;
}

bool is_object_refused(const CallRules& rules, const Graph& graph, NodeId id) {
  return rules.find_wrong_call(id) ||
         std::ranges::any_of(graph.object(id).steps, [&](const pickle::Step& step) {
           return is_step_refused(rules, id, step);
         });
}

/// The tensor inside a Parameter that is written from its fields; no node of the tree stands for
/// it.
NodeId tensor_within(const Graph& graph, NodeId object) {
  const NodeId args = graph.object(object).args;
  const bool has_one = args != pickle::no_node && graph.is(args, Kind::tuple) &&
                       !graph.items(args).empty() && graph.is(graph.items(args)[0], Kind::object);
  return has_one ? graph.items(args)[0] : pickle::no_node;
}

}  // namespace

std::vector<model::NodeId> find_refused_values(const model::Tree& tree) {
  const WrittenGraph written = write_graph(tree, StorageKeys::renumbered);
  const CallRules rules(written.graph, Origin::zip);
  std::vector<model::NodeId> refused;
  for (std::size_t i = 0; i < written.nodes.size(); ++i) {
    const NodeId node = written.nodes[i];
    if (node == pickle::no_node || !written.graph.is(node, Kind::object)) continue;
    const model::NodeId id{static_cast<std::uint32_t>(i)};
    const NodeId within =
        tree.is(id, model::Kind::tensor) ? tensor_within(written.graph, node) : pickle::no_node;
    if (is_object_refused(rules, written.graph, node) ||
        (within != pickle::no_node && is_object_refused(rules, written.graph, within)))
      refused.push_back(id);
  }
  return refused;
}

std::optional<std::string> find_refusal(const model::Tree& tree) {
  const Bytes bytes = pickle::pickle(write_graph(tree, StorageKeys::renumbered).graph);
  const auto refusal = judge_weights_only(pickle::scan(bytes), Origin::zip).refusal;
  return refusal ? std::optional(refusal->reason) : std::nullopt;
}

}  // namespace ckpt::torch
