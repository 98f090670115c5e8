#include "torch/ordered_dict.hpp"

namespace ckpt::torch {

namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;

/// Appends the pairs of [[key, value], ...]; false when it is anything else.
bool append_pairs(const Graph& graph, NodeId list, std::vector<pickle::Entry>& entries) {
  if (!graph.is(list, Kind::list)) return false;
  for (const NodeId pair : graph.items(list)) {
    if (!graph.is(pair, Kind::list) && !graph.is(pair, Kind::tuple)) return false;
    const auto parts = graph.items(pair);
    if (parts.size() != 2) return false;
    entries.push_back({parts[0], parts[1]});
  }
  return true;
}

bool append_steps(const Graph& graph, const pickle::Object& object, OrderedDict& ordered) {
  for (const pickle::Step& step : object.steps) {
    if (ordered.attributes != pickle::no_node) return false;
    if (step.kind == pickle::StepKind::set_item) {
      ordered.entries.push_back({step.key, step.value});
    } else if (step.kind == pickle::StepKind::build && graph.is(step.value, Kind::dict)) {
      ordered.attributes = step.value;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<OrderedDict> find_ordered_dict(const Graph& graph, NodeId id) {
  const pickle::Object& object = graph.object(id);
  if (object.construction != pickle::Construction::reduce ||
      !graph.is_global(object.callable, "collections", "OrderedDict") ||
      !graph.is(object.args, Kind::tuple))
    return std::nullopt;
  OrderedDict ordered;
  ordered.entries.reserve(object.steps.size());
  const auto args = graph.items(object.args);
  if (args.size() > 1) return std::nullopt;
  if (args.size() == 1 && !append_pairs(graph, args[0], ordered.entries)) return std::nullopt;
  if (!append_steps(graph, object, ordered)) return std::nullopt;
  return ordered;
}

}  // namespace ckpt::torch
