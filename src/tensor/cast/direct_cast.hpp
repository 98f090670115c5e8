// Casts to floats of 8 and 16 bits in registers. The general way stores float32 numbers in memory
// in between, which costs most of the time.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Casts the first elements and returns how many: all but the last seven, or none when the machine
/// or the pair of dtypes has no loop. The resulting bits equal those of the general way.
std::size_t cast_directly(model::DType from, model::DType to, const std::byte* in,
                          std::size_t count, std::byte* out);

}  // namespace ckpt::tensor
