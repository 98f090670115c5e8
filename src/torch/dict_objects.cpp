// Recognises the calls and steps that make a dict. An object with other steps, or with containers
// in its arguments, stays an object.

#include "torch/dict_objects.hpp"

#include <algorithm>

namespace ckpt::torch {

namespace {

using pickle::Graph;
using pickle::Kind;
using pickle::NodeId;

/// Appends the pairs of [[key, value], ...]; returns false for any other form.
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

bool append_steps(const Graph& graph, const pickle::Object& object, DictObject& dict) {
  for (const pickle::Step& step : object.steps) {
    if (dict.attributes != pickle::no_node) return false;
    if (step.kind == pickle::StepKind::set_item) {
      dict.entries.push_back({step.key, step.value});
    } else if (step.kind == pickle::StepKind::build && graph.is(step.value, Kind::dict)) {
      dict.attributes = step.value;
    } else {
      return false;
    }
  }
  return true;
}

/// Whether the node cannot contain other values.
bool is_leaf(const Graph& graph, NodeId id) {
  switch (graph.kind(id)) {
    case Kind::none:
    case Kind::boolean:
    case Kind::integer:
    case Kind::big_integer:
    case Kind::real:
    case Kind::text:
    case Kind::raw_text:
    case Kind::bytes:
    case Kind::byte_array:
    case Kind::global:
      return true;
    default:
      return false;
  }
}

bool is_made_of_leaves(const Graph& graph, const pickle::Object& object) {
  return graph.is(object.callable, Kind::global) && object.keywords == pickle::no_node &&
         graph.is(object.args, Kind::tuple) &&
         std::ranges::all_of(graph.items(object.args),
                             [&](NodeId item) { return is_leaf(graph, item); });
}

bool are_leaves(const Graph& graph, NodeId attributes) {
  return attributes == pickle::no_node ||
         std::ranges::all_of(graph.entries(attributes), [&](const pickle::Entry& entry) {
           return is_leaf(graph, entry.value);
         });
}

}  // namespace

std::optional<DictObject> find_ordered_dict(const Graph& graph, NodeId id) {
  const pickle::Object& object = graph.object(id);
  if (object.construction != pickle::Construction::reduce ||
      !graph.is_global(object.callable, "collections", "OrderedDict") ||
      !graph.is(object.args, Kind::tuple))
    return std::nullopt;
  DictObject ordered;
  ordered.entries.reserve(object.steps.size());
  const auto args = graph.items(object.args);
  if (args.size() > 1) return std::nullopt;
  if (args.size() == 1 && !append_pairs(graph, args[0], ordered.entries)) return std::nullopt;
  if (!append_steps(graph, object, ordered)) return std::nullopt;
  return ordered;
}

std::optional<DictObject> find_custom_dict(const Graph& graph, NodeId id) {
  const pickle::Object& object = graph.object(id);
  if (!is_made_of_leaves(graph, object)) return std::nullopt;
  DictObject dict;
  const bool is_dict = append_steps(graph, object, dict) && !dict.entries.empty() &&
                       are_leaves(graph, dict.attributes);
  return is_dict ? std::optional(std::move(dict)) : std::nullopt;
}

}  // namespace ckpt::torch
