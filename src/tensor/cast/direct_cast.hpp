// Casts to floats of 8 and 16 bits in registers, where others go through float32 in memory.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Casts the first of `count` elements and returns how many: all but the last seven, or none where
/// the machine or the pair of dtypes has no such loop. The bits are those of the long way.
std::size_t cast_directly(model::DType from, model::DType to, const std::byte* in,
                          std::size_t count, std::byte* out);

}  // namespace ckpt::tensor
