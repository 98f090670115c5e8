// Several tensors made one, element by element, while it is read:
//
//   sum        scale * (x0 / d0 * w0 + x1 / d1 * w1 + ...)   in double, rounded once
//   maximum    the largest; NaN where any is
//   geometric  exp(w0 * log x0 + ...)
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

enum class Blending : std::uint8_t { sum, maximum, geometric };

struct Share {
  const model::Tree* tree = nullptr;
  model::Tensor tensor = {};  ///< a view of a storage of the tree
  double weight = 1;
  double divisor = 1;
};

struct Blend {
  Blending blending = Blending::sum;
  double scale = 1;
  std::vector<Share> shares;
};

/// The blended tensor over a new storage of `tree`: dtype, shape and, where all agree, strides of
/// the first. The sources are read when it is; their trees' blobs are kept alive, the trees need
/// not be. Throws Error{unsupported} for tensors without strided elements.
model::Tensor blended(model::Tree& tree, const Blend& blend);

/// A node of `tree` that is the tensor.
model::NodeId add_tensor(model::Tree& tree, model::Tensor tensor);

}  // namespace ckpt::optim
