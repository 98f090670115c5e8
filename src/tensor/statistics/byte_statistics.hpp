// Statistics of one-byte integers and booleans, computed in integers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Exact integer sums over a chunk.
struct ByteSummary {
  int minimum = 0;
  int maximum = 0;
  std::size_t zero_count = 0;
  std::int64_t sum = 0;
  std::int64_t squares = 0;
};

/// Whether elements are integers or booleans of one byte.
bool is_byte_integer(model::DType dtype);

/// The summary of 1 to 2048 elements.
ByteSummary summarize_bytes(model::DType dtype, ByteView elements);

}  // namespace ckpt::tensor
