// Large tensors cut into units of one size, which several threads share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::diff {

struct Unit {
  std::size_t item = 0;  ///< which of the caller's tensors, or pairs of them
  tensor::ElementRange range = {};
};

/// Large enough to cost no seeks, small enough to share one large tensor among the threads.
inline constexpr std::uint64_t unit_bytes = std::uint64_t{16} << 20;

/// Whether the storage can be read from its middle as cheaply as from its start; what is compressed
/// must be unfolded up to there.
inline bool opens_anywhere(const model::Tree& tree, const model::Tensor& tensor) {
  const model::Blob& blob = *tree.storage_of(tensor.storage).blob;
  return blob.range() || blob.composition() != nullptr;
}

enum class Cutting : bool { whole, parts };

/// None for a tensor without elements; one for packed types, which are read whole or not at all,
/// and for what is to stay whole.
inline void append_units(std::size_t item, const model::Tensor& tensor, Cutting cutting,
                         std::vector<Unit>& units) {
  const model::DTypeRow& row = model::row_of(tensor.dtype);
  if (row.elements_per_byte > 1) {
    units.push_back({item, {}});
    return;
  }
  const auto count = static_cast<std::uint64_t>(model::element_count(tensor.layout.shape));
  const std::uint64_t step =
      cutting == Cutting::parts ? unit_bytes / row.size_bytes : std::max<std::uint64_t>(count, 1);
  for (std::uint64_t first = 0; first < count; first += step)
    units.push_back({item, {.first = first, .count = std::min(step, count - first)}});
}

/// For progress.
inline std::uint64_t bytes_of(const Unit& unit, const model::Tensor& tensor) {
  const auto count = static_cast<std::uint64_t>(model::element_count(tensor.layout.shape));
  return std::min(unit.range.count, count) * model::row_of(tensor.dtype).size_bytes;
}

}  // namespace ckpt::diff
