// Copies values of tensors into other tensors, as torch's target.copy_(source) does. The target
// keeps its storage, strides and flags, so every other view of that storage sees the new values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

/// Source and target are strided and have the same shape. The source is cast when the dtypes
/// differ.
struct Assignment {
  model::Tensor target;  ///< a view of the storage that is written to
  model::Tensor source;
};

/// Whether the tensor is strided and each element has whole bytes and no scale (not packed, not
/// quantized).
bool can_assign(const model::Tensor& tensor);

/// Gives the storages of `to` new blobs with the values after all assignments, done in order. No
/// byte is read now: the new blobs compute their bytes when they are read. A storage that one
/// target covers completely becomes the source's file range, where the strides agree.
///
/// Throws Error{unsupported} for dtypes without a cast, for targets whose elements share memory,
/// and for storages of foreign byte order; Error{malformed} for tensors that reach outside.
void assign(model::Tree& to, const model::Tree& from, std::span<const Assignment> assignments);

/// Two assignments that would write different values to an element that both targets see. Indices
/// into the assignments.
struct Clash {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// The clashes, at most one per storage. Reads elements only of storages in which targets overlap,
/// and only when the overlapping targets do not get the same view of the source. Throws
/// Error{unsupported} as assign() does.
std::vector<Clash> find_clashes(const model::Tree& from, std::span<const Assignment> assignments);

}  // namespace ckpt::tensor
