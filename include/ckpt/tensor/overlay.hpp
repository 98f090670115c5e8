// A storage in which the elements of some views are replaced, computed while it is read.
//
//   base      |........................|
//   write 1       |aaaa|                     a row: one run
//   write 2             |b|  |b|  |b|        a column: one run per element
//   overlay   |....aaaa..b....b....b...|
//
// Where views overlap, the later write wins. The base and the elements of each write are read once
// and in order; memory holds one block per active write.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// New elements for a view of a storage.
struct Write {
  /// The view, with its axes sorted from the largest stride to the smallest: each stride must reach
  /// past all elements of the axes behind it.
  model::Layout layout;
  std::size_t element_bytes = 1;
  /// The elements, in the order of `layout`.
  std::shared_ptr<const model::Blob> elements;
};

/// `base` with `writes` applied in order. Opening it at an offset reads everything before the
/// offset.
///
/// Throws Error{malformed} when a write reaches outside the base, std::logic_error for unsorted
/// axes.
std::shared_ptr<const model::Blob> make_overlay(std::shared_ptr<const model::Blob> base,
                                                std::vector<Write> writes);

/// Two writes that set a byte of a storage to different values. Indices into `writes`.
struct WriteClash {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// The clash at the lowest byte, if there is one. Reads the elements of every write once; memory
/// holds a block of the storage and one block per active write.
std::optional<WriteClash> find_write_clash(std::vector<Write> writes);

/// The axes of a view from the largest stride to the smallest, axes with one element last: the
/// order in which the elements lie in the storage. Throws Error{unsupported} when elements share
/// memory or interleave, because then there is no such order.
std::vector<std::size_t> storage_order(const model::Layout& layout);

/// The same view with its axes in the given order.
model::Layout permuted(const model::Layout& layout, const std::vector<std::size_t>& order);

}  // namespace ckpt::tensor
