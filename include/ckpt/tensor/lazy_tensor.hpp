// A tensor that is not computed yet: a recipe for its elements. Conversion rules join, split and
// permute weights of any size; a LazyTensor describes the result without holding elements.
//
// Reshapes, permutations and slices only change the view. Operations that join, pad or compute give
// a blob that works while it is read, through buffers of fixed size:
//
//   rows of a matrix:      a byte range of the source
//   a rotary permutation:  one gather over the source
//   cat along dim 1:       a run of each part in turn
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
  /// A strided tensor of a type with whole bytes per element. Throws as make_dense_blob() does.
  LazyTensor(const model::Storage& storage, const model::Tensor& tensor);
  /// The elements of `dense`, in row-major order and this machine's byte order.
  LazyTensor(std::shared_ptr<const model::Blob> dense, model::DType dtype,
             std::vector<std::int64_t> shape);

  model::DType dtype() const { return dtype_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }

  /// The same elements in row-major order under another shape with the same number of elements.
  LazyTensor reshaped(std::vector<std::int64_t> shape) const;
  /// Dimension `order[i]` becomes dimension i, as torch.permute.
  LazyTensor permuted(std::span<const std::size_t> order) const;
  /// `count` elements of dimension `axis`, starting at `first`. The range must lie inside.
  LazyTensor sliced(std::size_t axis, std::int64_t first, std::int64_t count) const;
  /// Appends zeros along dimension `axis` up to `size` elements.
  LazyTensor padded(std::size_t axis, std::int64_t size) const;

  /// The elements in row-major order. A view that must be gathered uses `buffer_bytes`.
  std::shared_ptr<const model::Blob> dense(std::size_t buffer_bytes = default_buffer_bytes) const;

 private:
  /// Elements at equal distances. A dimension is one run or several, outermost first.
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

/// Joins the parts along `axis`, as torch.cat. Dtypes are equal; shapes differ only in `axis`.
LazyTensor concatenated(std::span<const LazyTensor> parts, std::size_t axis);

/// element + number and element * number, computed in the type of the elements, or in float32 where
/// that is narrower. As in torch, addition rounds the number to a narrow type first; multiplication
/// uses it as a float32. For floating types and integers (which wrap). Throws Error{unsupported}
/// for others.
LazyTensor sum(const LazyTensor& tensor, double number);
LazyTensor product(const LazyTensor& tensor, double number);

/// tensor.to(dtype) for floating, integer and boolean types, and complex to complex. Throws
/// Error{unsupported} for others.
LazyTensor converted(const LazyTensor& tensor, model::DType dtype);

/// Whether all elements have the same bytes. Reads both tensors.
bool have_equal_bytes(const LazyTensor& a, const LazyTensor& b);

}  // namespace ckpt::tensor
