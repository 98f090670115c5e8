// Objects of the standard library and of numpy, told by their constructor calls, as plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/torch/python_objects.hpp"

namespace ckpt::edit {

/// Tuples that are needed while they are still being built; each perhaps several times.
std::vector<model::NodeId> find_recursive_tuples(const model::Tree& tree);

/// Keys, items of sets, and what is hashed with them. Plain values of theirs must be hashable, too.
std::unordered_set<model::NodeId> find_hashed_values(const model::Tree& tree);
bool is_hashable(const model::Tree& tree, model::NodeId id);

// Each turns an object into a plain value, and says what it has become; "" when it is none of its
// kind, and stays.

/// Paths, times, UUID, Decimal, Fraction.
std::string_view make_library_value(model::Tree& tree, model::NodeId object);
/// numpy scalars, arrays and dtypes.
std::string_view make_numpy_value(model::Tree& tree, model::NodeId object);
/// frozenset and empty bytes.
std::string_view make_builtin_value(model::Tree& tree, model::NodeId object);
/// OmegaConf keeps values under _content (a dict or a list of nodes) or _val.
std::string_view make_config_value(model::Tree& tree, model::NodeId object);
/// Subclasses of dict and list are filled item by item; a named tuple is its arguments.
std::string_view make_container_value(model::Tree& tree, model::NodeId object);
/// Enum: Class(value) since 3.12, getattr(Class, 'name') before.
std::string_view make_enum_value(model::Tree& tree, model::NodeId object);
/// Any object, as the dict of its attributes and arguments.
std::string_view make_attribute_dict(model::Tree& tree, model::NodeId object);
/// Any node. weights_only knows bytes only by the call that makes those that are not empty.
std::string_view make_empty_bytes(model::Tree& tree, model::NodeId node);

}  // namespace ckpt::edit
