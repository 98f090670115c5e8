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
#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

enum class Blending : std::uint8_t { sum, maximum, geometric };

struct Share {
  const model::Tree* tree = nullptr;
  model::NodeId tensor = model::no_node;
  double weight = 1;
  double divisor = 1;
};

struct Blend {
  Blending blending = Blending::sum;
  double scale = 1;
  std::vector<Share> shares;
};

/// Adds the blended tensor to `tree`: dtype, shape and, where all agree, strides of the first.
/// The sources are read when it is; their trees' blobs are kept alive, the trees need not be.
/// Throws Error{unsupported} for tensors without strided elements.
model::NodeId add_blended(model::Tree& tree, const Blend& blend);

}  // namespace ckpt::optim
