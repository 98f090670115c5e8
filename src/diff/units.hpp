// Large tensors cut into units of one size, which several threads share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::diff {

struct Unit {
  std::size_t item = 0;  ///< which of the caller's tensors, or pairs of them
  tensor::ElementRange range = {};
};

/// Large enough to cost no seeks, small enough to share one large tensor among the threads.
inline constexpr std::uint64_t unit_bytes = std::uint64_t{16} << 20;

/// None for a tensor without elements; one for packed types, which are read whole or not at all.
inline void append_units(std::size_t item, const model::Tensor& tensor, std::vector<Unit>& units) {
  const model::DTypeRow& row = model::row_of(tensor.dtype);
  if (row.elements_per_byte > 1) {
    units.push_back({item, {}});
    return;
  }
  const auto count = static_cast<std::uint64_t>(model::element_count(tensor.layout.shape));
  const std::uint64_t step = unit_bytes / row.size_bytes;
  for (std::uint64_t first = 0; first < count; first += step)
    units.push_back({item, {.first = first, .count = std::min(step, count - first)}});
}

/// For progress.
inline std::uint64_t bytes_of(const Unit& unit, const model::Tensor& tensor) {
  const auto count = static_cast<std::uint64_t>(model::element_count(tensor.layout.shape));
  return std::min(unit.range.count, count) * model::row_of(tensor.dtype).size_bytes;
}

}  // namespace ckpt::diff
