// Blocks of floats to and from float32, in loops that the compiler vectorises.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Whether every element of `dtype` is exactly a float32: floats but float64.
bool fits_float32(model::DType dtype);

// float32 are bytes, too, so that they may lie where they were read to.

/// `count` elements of a type that fits_float32(), exactly, as float32.
void widen_block(model::DType dtype, const std::byte* elements, std::size_t count,
                 std::byte* numbers);

/// Each of `count` float32 rounded to the nearest element of a type that fits_float32().
void narrow_block(model::DType dtype, const std::byte* numbers, std::size_t count, std::byte* out);

/// Whether the processor converts float16.
bool has_half_instructions();

/// Between float64 and float32, rounded to nearest.
void shorten_block(const std::byte* doubles, std::size_t count, std::byte* numbers);
void lengthen_block(const std::byte* numbers, std::size_t count, std::byte* doubles);

}  // namespace ckpt::tensor
