// Arrays of Python's array module as protocol 3 and later keep them:
// _array_reconstructor(array.array, 'd', 16, bytes), the number naming how the bytes are numbers.
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

/// Nothing for other arguments, for characters, and for numbers beyond 64 bits with sign.
std::optional<NumberArray> find_number_array(const model::Tree& tree,
                                             std::span<const model::NodeId> args);

}  // namespace ckpt::torch
