// A tensor that does not exist yet: where its elements will come from. Reshapes, permutations and
// slices are views, computed at once; what joins, pads or computes becomes a blob that works while
// it is read. The elements are never held: dense() streams through buffers of fixed size, and is a
// part of the source itself where they lie there in order.
//
//   rows of a matrix:      the source's byte range
//   a rotary permutation:  one gather over the source
//   cat along dim 1:       the parts side by side, a run of each at a time
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/tensor/element_stream.hpp"

namespace ckpt::tensor {

class LazyTensor {
 public:
  /// A strided tensor of whole bytes. Throws as make_dense_blob().
  LazyTensor(const model::Storage& storage, const model::Tensor& tensor);
  /// The elements of `dense` in row-major order, in this machine's byte order.
  LazyTensor(std::shared_ptr<const model::Blob> dense, model::DType dtype,
             std::vector<std::int64_t> shape);

  model::DType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }

  /// The same elements in row-major order; as many.
  LazyTensor reshaped(std::vector<std::int64_t> shape) const;
  /// Dimension `order[i]` becomes dimension i.
  LazyTensor permuted(std::span<const std::size_t> order) const;
  /// `count` elements of dimension `axis` from `first`, which lie inside.
  LazyTensor sliced(std::size_t axis, std::int64_t first, std::int64_t count) const;
  /// Zeros behind dimension `axis`, up to `size`.
  LazyTensor padded(std::size_t axis, std::int64_t size) const;

  /// The elements in row-major order. What must be gathered is gathered through `buffer_bytes`.
  std::shared_ptr<const model::Blob> dense(std::size_t buffer_bytes = default_buffer_bytes) const;

 private:
  /// A run of elements at equal distances; a dimension is one run or several, outermost first.
  struct Run {
    std::int64_t count;
    std::int64_t stride;
  };
  using Dimension = std::vector<Run>;

  std::vector<Run> all_runs() const;
  bool is_empty() const;
  LazyTensor settled() const;

  model::DType dtype_;
  std::vector<std::int64_t> shape_;
  std::shared_ptr<const model::Blob> blob_;
  std::vector<Dimension> dimensions_;
  std::int64_t offset_elements_ = 0;
};

/// One behind the other along `axis`; equal dtypes, and shapes that differ there only.
LazyTensor concatenated(std::span<const LazyTensor> parts, std::size_t axis);

/// element + number, element * number, computed in the elements' type, in float32 where that is
/// narrower. As torch does, a narrow type adds the number rounded to an element, and multiplies by
/// the number as a float32. Floating types and integers, which wrap. Throws Error{unsupported} for
/// others.
LazyTensor sum(const LazyTensor& tensor, double number);
LazyTensor product(const LazyTensor& tensor, double number);

/// As tensor.to(dtype): floating, integer and boolean types; complex to complex. Throws
/// Error{unsupported} for others.
LazyTensor converted(const LazyTensor& tensor, model::DType dtype);

/// Whether all elements are the same bytes. Reads both.
bool have_equal_bytes(const LazyTensor& a, const LazyTensor& b);

}  // namespace ckpt::tensor
