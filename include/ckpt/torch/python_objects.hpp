// Python objects that a pickle tells by the call that makes them: which callable it is, what bytes
// and sets hold, and how values are removed from a tree.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// "module.name" of a symbol in Python 3 spelling; "" for a node that is no symbol.
std::string symbol_path(const model::Tree& tree, model::NodeId id);

/// The positional arguments of the call that makes `object`; none when they are no tuple.
std::span<const model::NodeId> arguments_of(const model::Tree& tree, const model::Object& object);

/// The bytes that a node stands for: a bytes value, or the call by which protocol 2 writes one.
std::optional<std::string> find_bytes(const model::Tree& tree, model::NodeId id);

/// The node whose items are those of the set or frozenset `id`: `id` itself, or the list that is
/// the argument of the call that makes the set; no_node for a node that is neither.
model::NodeId find_set_items(const model::Tree& tree, model::NodeId id);

/// Removes the entries of dicts whose key or value is in `unwanted`, and the items of sets. In
/// lists and tuples, where the position has a meaning, None takes the place of an unwanted item.
void take_out(model::Tree& tree, const std::unordered_set<model::NodeId>& unwanted);

}  // namespace ckpt::torch
