// One floating element to and from its bytes: the table that says which format a dtype has.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The value of the element of a floating dtype at `element`, exactly.
double decode_float(model::DType floating, const std::byte* element);

/// Writes the element nearest to `value`; what is narrower than float32 rounds through float32.
void encode_float(model::DType floating, double value, std::byte* element);

/// The dtype of the two parts of a complex element: float16 for complex32.
model::DType part_of_complex(model::DType complex);

}  // namespace ckpt::tensor
