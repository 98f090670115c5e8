// Finds what a tensor has beside its elements, from the call that rebuilds it:
//
//   _rebuild_qtensor(storage, offset, shape, stride, QUANTIZER, ...)
//   _rebuild_from_type_v2(function, class, arguments, ATTRIBUTES)
//   _rebuild_parameter_with_state(data, requires_grad, hooks, ATTRIBUTES)
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

/// The argument that holds the other parts of a tensor.
struct TensorParts {
  model::NodeId node = model::no_node;
  std::size_t place = 0;  ///< index of the argument
};

/// Nothing for a tensor without other parts, or whose parts the tree shows below it.
std::optional<TensorParts> find_parts(const model::Tree& tree, const model::Tensor& tensor);

}  // namespace ckpt::diff
