// Objects of the standard library and of numpy, told by their constructor calls, as plain values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ckpt/model/tree.hpp"

namespace ckpt::formats {

/// "module.name" of a symbol in Python 3 spelling; "" for what is no symbol.
std::string symbol_path(const model::Tree& tree, model::NodeId id);

/// The bytes that a node stands for: bytes, or the call that protocol 2 makes of them.
std::optional<std::string> find_bytes(const model::Tree& tree, model::NodeId id);

/// Turns an object of the standard library into a plain value, and says what it has become; "" when
/// it is none of those known.
std::string_view make_library_value(model::Tree& tree, model::NodeId object);

/// The same of numpy scalars and arrays.
std::string_view make_numpy_value(model::Tree& tree, model::NodeId object);

}  // namespace ckpt::formats
