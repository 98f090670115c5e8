// Values of tensors copied into other tensors, as target.copy_(source) of torch does: into the
// storage, strides and flags that the target has, so that all views of it see them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

/// Both are strided and of one shape. A dtype that differs is cast.
struct Assignment {
  model::Tensor target;  ///< a view of a storage of the tree that is written to
  model::Tensor source;
};

/// Strided, and not of a type that packs several elements into a byte or has a scale.
bool can_assign(const model::Tensor& tensor);

/// Gives the storages of `to` new blobs, as if the assignments were done in order. No byte is read
/// now; a storage that one tensor covers whole becomes the range of a file that the source is,
/// where strides agree.
/// Throws Error{unsupported} for dtypes without a cast, for targets whose elements share memory and
/// for storages of foreign byte order; Error{malformed} for tensors that reach outside.
void assign(model::Tree& to, const model::Tree& from, std::span<const Assignment> assignments);

/// Two assignments that would write different values to an element that both targets see.
struct Clash {
  std::size_t first = 0;
  std::size_t second = 0;
};

/// At most one a storage. Reads elements only of storages in which targets lie over one another,
/// and are not given one view of the source each time. Throws Error{unsupported} as assign().
std::vector<Clash> find_clashes(const model::Tree& from, std::span<const Assignment> assignments);

}  // namespace ckpt::tensor
