// The bytes of a storage with the elements of some views written over, computed while they are
// read.
//
//   base      |........................|
//   write 1       |aaaa|                     a row: one run
//   write 2             |b|  |b|  |b|        a column: one run an element
//   overlay   |....aaaa..b....b....b...|
//
// Where views overlap, the later write wins. Both the base and the elements of each write are read
// in order and once; what is kept is a block for each write that is under way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// Elements for a view of a storage.
struct Write {
  /// Of the view, its axes outermost first: each stride reaches past all that lies below it.
  model::Layout layout;
  std::size_t element_bytes = 1;
  /// The elements in the order of `layout`.
  std::shared_ptr<const model::Blob> elements;
};

/// `base` with `writes` done one after another. Reading from the middle reads what is before it.
/// Throws Error{malformed} when a write reaches outside the base, std::logic_error for axes that
/// are not as said.
std::shared_ptr<const model::Blob> make_overlay(std::shared_ptr<const model::Blob> base,
                                                std::vector<Write> writes);

/// Two writes that would set a byte of a storage to different values, by their places in `writes`.
struct WriteClash {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// The clash at the lowest byte, if there is one. Reads the elements of every write once; what is
/// kept is a block of the storage, and a block for each write that is under way.
std::optional<WriteClash> find_write_clash(std::vector<Write> writes);

/// The axes of a view from the largest stride to the smallest, those of one element last: the order
/// in which its elements lie in the storage. Throws Error{unsupported} when elements share memory
/// or lie interleaved, so that there is no such order.
std::vector<std::size_t> storage_order(const model::Layout& layout);

/// The same view with its axes in `order`.
model::Layout permuted(const model::Layout& layout, const std::vector<std::size_t>& order);

}  // namespace ckpt::tensor
