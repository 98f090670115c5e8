// Recognises Python objects by the calls that create them in a pickle: the name of a callable, the
// content of bytes and sets. Also removes values from a tree by Python's rules.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_set>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// "module.name" of a symbol, in Python 3 spelling; "" when the node is not a symbol.
std::string symbol_path(const model::Tree& tree, model::NodeId id);

/// The positional arguments of the call that creates `object`; empty when they are not a tuple.
std::span<const model::NodeId> arguments_of(const model::Tree& tree, const model::Object& object);

/// The content of a bytes value, or of the call that stands for one at protocol 2; nothing for
/// other nodes.
std::optional<std::string> find_bytes(const model::Tree& tree, model::NodeId id);

/// The node whose items are those of the set or frozenset `id`: `id` itself, or the list that is
/// the argument of the call that creates the set. no_node when `id` is neither.
model::NodeId find_set_items(const model::Tree& tree, model::NodeId id);

/// Removes dict entries whose key or value is in `unwanted`, and such items of sets. In lists and
/// tuples None replaces an unwanted item, because the positions of the others have a meaning.
void take_out(model::Tree& tree, const std::unordered_set<model::NodeId>& unwanted);

}  // namespace ckpt::torch
