// Transposes a matrix in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ckpt::tensor {

/// Element (row, column) is read at row * from_stride + column and written to column * to_stride +
/// row. Strides are in elements.
struct Transposition {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t from_stride = 0;
  std::uint64_t to_stride = 0;
};

/// `element_bytes` must be 1, 2, 4, 8 or 16.
void transpose(const std::byte* from, std::byte* to, const Transposition& transposition,
               std::size_t element_bytes);

}  // namespace ckpt::tensor
