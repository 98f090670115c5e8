// Casts of integers and booleans, as tensor.to(dtype) of torch does them.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Integers, signed or not, and booleans.
bool is_integral(model::DType dtype);

/// `count` elements of an integral type, to any number that is not complex: integers keep their low
/// bits, floats are rounded to nearest (through float32 where they are narrower), a boolean is
/// whether it is not 0.
void cast_integers(model::DType from, model::DType to, const std::byte* in, std::size_t count,
                   std::byte* out);

}  // namespace ckpt::tensor
