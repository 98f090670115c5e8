// Splits large tensors into units of equal size, which several threads can share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::diff {

/// A range of the elements of one tensor: a piece of work for a thread.
struct Unit {
  std::size_t item = 0;  ///< index of the caller's tensor or pair
  tensor::ElementRange range = {};
};

/// Large enough to make seeks cheap, small enough to share one large tensor among the threads.
inline constexpr std::uint64_t unit_bytes = std::uint64_t{16} << 20;

/// Whether reading can start in the middle of the storage at no extra cost; compressed storages
/// must be inflated from their start.
inline bool opens_anywhere(const model::Tree& tree, const model::Tensor& tensor) {
  const model::Blob& blob = *tree.storage_of(tensor.storage).blob;
  return blob.range() || blob.composition() != nullptr;
}

enum class Cutting : bool { whole, parts };

/// No unit for a tensor without elements; one for packed types, which must be read completely, and
/// with Cutting::whole.
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

/// The size of a unit, for progress.
inline std::uint64_t bytes_of(const Unit& unit, const model::Tensor& tensor) {
  const auto count = static_cast<std::uint64_t>(model::element_count(tensor.layout.shape));
  return std::min(unit.range.count, count) * model::row_of(tensor.dtype).size_bytes;
}

}  // namespace ckpt::diff
