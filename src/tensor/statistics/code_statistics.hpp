// Statistics of 8 and 16 bit floats directly from their codes. Twice as fast as widening to float32
// first: converting four float32 to double costs as much as everything else (measured).
#pragma once

#include <cstddef>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "tensor/statistics/kernels.hpp"

namespace ckpt::tensor {

/// Whether `dtype` is a float of 8 or 16 bits with a sign.
bool has_code_summary(model::DType dtype);

/// The number of code bytes must be a multiple of this.
inline constexpr std::size_t code_step_bytes = 32;

/// The summary of up to 2048 codes; equals summarize() of their numbers.
NumberSummary<float> summarize_codes(model::DType dtype, ByteView codes, double origin);

}  // namespace ckpt::tensor
