#include "ckpt/pickle/graph.hpp"

#include <array>
#include <limits>
#include <stdexcept>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::pickle {

namespace {

constexpr std::array<std::string_view, 17> kind_names = {
    "None",        "a boolean",   "an integer", "an integer",
    "a float",     "a string",    "a string",   "bytes",
    "a bytearray", "a tuple",     "a list",     "a dict",
    "a set",       "a frozenset", "a global",   "a persistent reference",
    "an object",
};
static_assert(kind_names.size() == static_cast<std::size_t>(Kind::object) + 1);

bool has_text(Kind kind) {
  return kind == Kind::text || kind == Kind::raw_text || kind == Kind::bytes ||
         kind == Kind::byte_array || kind == Kind::big_integer;
}

[[noreturn]] void throw_wrong_kind(Kind kind) {
  throw std::logic_error(
      concat("pickle graph: ", kind_name(kind), " is of another kind than asked"));
}

std::uint32_t checked_count(std::size_t count, std::string_view what) {
  constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
  if (count < most) return static_cast<std::uint32_t>(count);
  throw Error(ErrorKind::limit, concat(what, ": expected fewer than ", most, ", got ", count));
}

}  // namespace

std::string_view kind_name(Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

const Graph::Node& Graph::require(NodeId id, Kind kind) const {
  const Node& found = node(id);
  if (found.kind != kind) throw_wrong_kind(found.kind);
  return found;
}

bool Graph::boolean(NodeId id) const {
  return payload_as<std::uint64_t>(require(id, Kind::boolean)) != 0;
}

std::int64_t Graph::integer(NodeId id) const {
  return payload_as<std::int64_t>(require(id, Kind::integer));
}

double Graph::real(NodeId id) const { return payload_as<double>(require(id, Kind::real)); }

std::string_view Graph::text(NodeId id) const {
  const Node& found = node(id);
  if (!has_text(found.kind)) throw_wrong_kind(found.kind);
  return {payload_as<const char*>(found), found.count};
}

std::span<const NodeId> Graph::items(NodeId id) const {
  const Node& found = node(id);
  const bool is_run = found.kind == Kind::tuple || found.kind == Kind::frozen_set;
  if (!is_run && found.kind != Kind::list && found.kind != Kind::set) throw_wrong_kind(found.kind);
  if (found.count <= 1) return {&found.payload.key, found.count};
  if (is_run) return {payload_as<const NodeId*>(found), found.count};
  return items_[payload_as<std::uint64_t>(found)];
}

std::span<const Entry> Graph::entries(NodeId id) const {
  const Node& found = require(id, Kind::dict);
  if (found.count <= 1) return {&found.payload, found.count};
  return entries_[payload_as<std::uint64_t>(found)];
}

Global Graph::global(NodeId id) const {
  return globals_[payload_as<std::uint64_t>(require(id, Kind::global))];
}

NodeId Graph::persistent_id(NodeId id) const { return require(id, Kind::persistent).payload.key; }

const Object& Graph::object(NodeId id) const {
  return objects_[payload_as<std::uint64_t>(require(id, Kind::object))];
}

bool Graph::is_global(NodeId id, std::string_view module, std::string_view name) const {
  return is(id, Kind::global) && global(id) == Global{module, name};
}

bool Graph::is_text(NodeId id, std::string_view wanted) const {
  return (is(id, Kind::text) || is(id, Kind::raw_text)) && text(id) == wanted;
}

NodeId Graph::add(Node node) {
  checked_count(nodes_.size(), "values in a pickle");
  return NodeId{static_cast<std::uint32_t>(nodes_.add(node))};
}

NodeId Graph::add_none() { return add({Kind::none}); }

NodeId Graph::add_boolean(bool value) {
  return add({Kind::boolean, 0, std::bit_cast<Entry>(std::uint64_t{value})});
}

NodeId Graph::add_integer(std::int64_t value) {
  return add({Kind::integer, 0, std::bit_cast<Entry>(value)});
}

NodeId Graph::add_real(double value) { return add({Kind::real, 0, std::bit_cast<Entry>(value)}); }

NodeId Graph::add_text(Kind kind, std::string_view text) {
  if (!has_text(kind)) throw_wrong_kind(kind);
  const std::uint32_t count = checked_count(text.size(), "bytes of a string");
  return add({kind, count, std::bit_cast<Entry>(texts_.store(text).data())});
}

NodeId Graph::add_run(Kind kind, std::span<const NodeId> items) {
  Node run{kind, checked_count(items.size(), "items of a tuple")};
  if (run.count == 1) run.payload.key = items[0];
  if (run.count > 1) run.payload = std::bit_cast<Entry>(tuple_items_.store(items));
  return add(run);
}

NodeId Graph::add_tuple(std::span<const NodeId> items) { return add_run(Kind::tuple, items); }

NodeId Graph::add_frozen_set(std::span<const NodeId> items) {
  return add_run(Kind::frozen_set, items);
}

NodeId Graph::add_list() { return add({Kind::list}); }
NodeId Graph::add_set() { return add({Kind::set}); }
NodeId Graph::add_dict() { return add({Kind::dict}); }

NodeId Graph::add_global(std::string_view module, std::string_view name) {
  const std::uint64_t index = globals_.add({texts_.store(module), texts_.store(name)});
  return add({Kind::global, 0, std::bit_cast<Entry>(index)});
}

NodeId Graph::add_global(NodeId module, NodeId name) {
  const std::uint64_t index = globals_.add({text(module), text(name)});
  return add({Kind::global, 0, std::bit_cast<Entry>(index)});
}

NodeId Graph::add_persistent(NodeId id) { return add({Kind::persistent, 0, {id, no_node}}); }

NodeId Graph::add_object(Object object) {
  const std::uint64_t index = objects_.add(std::move(object));
  return add({Kind::object, 0, std::bit_cast<Entry>(index)});
}

namespace {

/// Moves the single element of a node, and makes room for a second, in a vector of `table`; the
/// node then holds the index of that vector.
template <class Element>
std::uint64_t spill(ChunkedVector<std::vector<Element>>& table, Element first) {
  constexpr std::size_t usual_count = 4;
  std::vector<Element> elements;
  elements.reserve(usual_count);
  elements.push_back(first);
  return table.add(std::move(elements));
}

}  // namespace

void Graph::append(NodeId list_or_set, NodeId item) {
  Node& target = node(list_or_set);
  if (target.kind != Kind::list && target.kind != Kind::set) throw_wrong_kind(target.kind);
  if (target.count == 0) {
    target.payload.key = item;
  } else {
    if (target.count == 1) target.payload = std::bit_cast<Entry>(spill(items_, target.payload.key));
    items_[payload_as<std::uint64_t>(target)].push_back(item);
  }
  target.count = checked_count(target.count + std::size_t{1}, "items of a list");
}

void Graph::set_item(NodeId dict, NodeId key, NodeId value) {
  Node& target = node(dict);
  if (target.kind != Kind::dict) throw_wrong_kind(target.kind);
  if (target.count == 0) {
    target.payload = {key, value};
  } else {
    if (target.count == 1) target.payload = std::bit_cast<Entry>(spill(entries_, target.payload));
    entries_[payload_as<std::uint64_t>(target)].push_back({key, value});
  }
  target.count = checked_count(target.count + std::size_t{1}, "entries of a dict");
}

void Graph::add_step(NodeId object, Step step) {
  const Node& target = require(object, Kind::object);
  objects_[payload_as<std::uint64_t>(target)].steps.push_back(step);
}

}  // namespace ckpt::pickle
