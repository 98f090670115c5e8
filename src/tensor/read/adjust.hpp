// What the flags and the byte order of a tensor do to its elements, in place.
#pragma once

#include <cstddef>
#include <span>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The width of what is stored in one byte order: an element, or a part of a complex one.
std::size_t swapped_bytes(model::DType dtype);

/// Reverses each group of `width` bytes; width is 1, 2, 4 or 8.
void swap_byte_order(std::span<std::byte> elements, std::size_t width);

/// Whether elements of `dtype` have negatives of the same type.
bool can_negate(model::DType dtype);

/// Integers wrap as in torch; a NaN changes its sign where it has one.
void negate(model::DType dtype, std::span<std::byte> elements);

/// Negates the imaginary parts; what is not complex stays.
void conjugate(model::DType dtype, std::span<std::byte> elements);

}  // namespace ckpt::tensor
