// Applies the flags (conjugated, negated) and the byte order of a tensor to its elements, in place.
#pragma once

#include <cstddef>
#include <span>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The number of bytes that are reversed together: an element, or one part of a complex element.
std::size_t swapped_bytes(model::DType dtype);

/// Reverses each group of `width` bytes. `width` is 1, 2, 4 or 8.
void swap_byte_order(std::span<std::byte> elements, std::size_t width);

/// Whether the type can represent the negatives of its elements.
bool can_negate(model::DType dtype);

/// Integers wrap as in torch. A NaN changes its sign if the type has a sign.
void negate(model::DType dtype, std::span<std::byte> elements);

/// Negates the imaginary parts; does nothing for types that are not complex.
void conjugate(model::DType dtype, std::span<std::byte> elements);

}  // namespace ckpt::tensor
