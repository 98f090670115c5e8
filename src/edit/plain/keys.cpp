// Keys of dicts and items of sets must be hashable, and so must what lies in them, tuple by tuple:
//
//   {(1, frozenset([2])): "a"}     a set cannot stand in for this frozenset, a tuple can
#include <algorithm>
#include <vector>

#include "ckpt/torch/allowed_globals.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

bool is_unhashable_itself(const Tree& tree, NodeId id) {
  const Kind kind = tree.kind(id);
  if (kind == Kind::list || kind == Kind::dict || kind == Kind::set || kind == Kind::byte_array)
    return true;
  if (kind != Kind::object) return false;
  const auto callable =
      torch::find_allowed_global(torch::symbol_path(tree, tree.object(id).callable));
  if (!callable) return false;
  using torch::Gives;
  return callable->gives == Gives::set || callable->gives == Gives::counter ||
         callable->gives == Gives::ordered_dict || callable->gives == Gives::byte_array;
}

/// What is hashed together with `id`: items of tuples, and arguments of what may become one.
std::span<const NodeId> hashed_parts(const Tree& tree, NodeId id) {
  if (tree.is(id, Kind::tuple)) return tree.items(id);
  if (!tree.is(id, Kind::object)) return {};
  const NodeId args = tree.object(id).args;
  return args != model::no_node && tree.is(args, Kind::tuple) ? tree.items(args)
                                                              : std::span<const NodeId>();
}

}  // namespace

std::unordered_set<NodeId> find_hashed_values(const Tree& tree) {
  std::unordered_set<NodeId> hashed;
  std::vector<NodeId> ahead;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const NodeId id{static_cast<std::uint32_t>(i)};
    if (tree.is(id, Kind::dict))
      for (const model::Entry& entry : tree.entries(id)) ahead.push_back(entry.key);
    if (const NodeId set = torch::find_set_items(tree, id); set != model::no_node)
      ahead.insert(ahead.end(), tree.items(set).begin(), tree.items(set).end());
  }
  while (!ahead.empty()) {
    const NodeId id = ahead.back();
    ahead.pop_back();
    if (!hashed.insert(id).second) continue;
    const auto parts = hashed_parts(tree, id);
    ahead.insert(ahead.end(), parts.begin(), parts.end());
  }
  return hashed;
}

bool is_hashable(const Tree& tree, NodeId id) {
  std::unordered_set<NodeId> seen;
  std::vector<NodeId> ahead{id};
  while (!ahead.empty()) {
    const NodeId part = ahead.back();
    ahead.pop_back();
    if (is_unhashable_itself(tree, part)) return false;
    if (tree.is(part, Kind::tuple) && seen.insert(part).second)
      ahead.insert(ahead.end(), tree.items(part).begin(), tree.items(part).end());
  }
  return true;
}

}  // namespace ckpt::edit
