// Statistics of floats of 8 and 16 bits straight from their codes, at twice the speed of widening
// them to float32 first: converting four float32 to double costs as much as all else (measured).
#pragma once

#include <cstddef>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "tensor/statistics/kernels.hpp"

namespace ckpt::tensor {

/// Whether `dtype` is a float of 8 or 16 bits with a sign.
bool has_code_summary(model::DType dtype);

/// Codes are summarized in multiples of so many bytes.
inline constexpr std::size_t code_step_bytes = 32;

/// Of up to 2048 codes of a dtype that has_code_summary(), as summarize() of the numbers that they
/// are.
NumberSummary<float> summarize_codes(model::DType dtype, ByteView codes, double origin);

}  // namespace ckpt::tensor
