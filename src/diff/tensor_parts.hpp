// What a tensor is beside its elements, by the function that rebuilds it:
//
//   _rebuild_qtensor(storage, offset, shape, stride, QUANTIZER, ...)
//   _rebuild_from_type_v2(function, class, arguments, ATTRIBUTES)
//   _rebuild_parameter_with_state(data, requires_grad, hooks, ATTRIBUTES)
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

struct TensorParts {
  model::NodeId node = model::no_node;
  std::size_t place = 0;  ///< among the arguments
};

/// Nothing for a tensor that is its elements, or whose parts the tree shows below it.
std::optional<TensorParts> find_parts(const model::Tree& tree, const model::Tensor& tensor);

}  // namespace ckpt::diff
