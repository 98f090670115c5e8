// Converts blocks of floats to and from float32, in loops that compilers can vectorise. float32 is
// the type in which torch rounds the narrower formats.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Whether float32 holds every element of `dtype` exactly: true for all floats but float64.
bool fits_float32(model::DType dtype);

// float32 numbers are passed as bytes, because they may be in a buffer that was read from a file.

/// Converts `count` elements of a type with fits_float32() to float32, exactly.
void widen_block(model::DType dtype, const std::byte* elements, std::size_t count,
                 std::byte* numbers);

/// Rounds `count` float32 numbers to the nearest elements of a type with fits_float32().
void narrow_block(model::DType dtype, const std::byte* numbers, std::size_t count, std::byte* out);

/// Whether the processor has instructions for float16.
bool has_half_instructions();

/// Converts between float64 and float32, rounding to nearest.
void shorten_block(const std::byte* doubles, std::size_t count, std::byte* numbers);
void lengthen_block(const std::byte* numbers, std::size_t count, std::byte* doubles);

}  // namespace ckpt::tensor
