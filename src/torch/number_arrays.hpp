// Arrays of Python's array module at protocol 3 and later: _array_reconstructor(array.array, 'd',
// 16, bytes). The number says how the bytes encode the elements (size, sign, byte order).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

using ArrayNumber = std::variant<std::int64_t, double>;

struct NumberArray {
  model::NodeId array_class = model::no_node;
  model::NodeId code = model::no_node;  ///< 'd'
  std::vector<ArrayNumber> numbers;
};

/// Nothing for other arguments, for arrays of characters, and for numbers that need more than 64
/// bits.
std::optional<NumberArray> find_number_array(const model::Tree& tree,
                                             std::span<const model::NodeId> args);

}  // namespace ckpt::torch
