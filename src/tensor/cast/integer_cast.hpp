// Casts integers and booleans as torch's tensor.to(dtype).
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Whether `dtype` is an integer, signed or unsigned, or bool.
bool is_integral(model::DType dtype);

/// Casts `count` elements of an integral type to any type that is not complex. Integers keep their
/// low bits; floats are rounded to nearest (through float32 for narrower types); a bool is true
/// when the number is not 0.
void cast_integers(model::DType from, model::DType to, const std::byte* in, std::size_t count,
                   std::byte* out);

}  // namespace ckpt::tensor
