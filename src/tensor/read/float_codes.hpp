// Converts single floating elements to and from bytes: the table of the format of each dtype.
#pragma once

#include <cstddef>

#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The exact value of the element of a floating dtype at `element`.
double decode_float(model::DType floating, const std::byte* element);

/// Writes the element nearest to `value`. Types narrower than float32 are rounded through float32.
void encode_float(model::DType floating, double value, std::byte* element);

/// The dtype of the parts of a complex element: float16 for complex32.
model::DType part_of_complex(model::DType complex);

}  // namespace ckpt::tensor
