// The functions by which torch.save rebuilds tensors. Each has a row that tells how its arguments
// describe a tensor.
//
//   torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[,
//   metadata]) torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks,
//   dtype[, ...]) torch._utils._rebuild_parameter(tensor, requires_grad, hooks)
//
// Offsets and strides are in elements of the tensor's dtype.
// Source: torch/_utils.py
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"
#include "torch/storage_table.hpp"

namespace ckpt::torch {

/// A tensor that a recorded call would create.
struct Rebuilt {
  model::Tensor tensor;
  /// Whether `tensor` says everything, so that it can be written anew as torch.save would write it.
  /// Otherwise the original object must be kept.
  bool is_complete = false;
};

/// The tensor that the call `object` would return; nothing when ckpt does not know the call. Throws
/// Error{malformed} for arguments that the function would refuse.
std::optional<Rebuilt> find_rebuilt(const pickle::Graph& graph, pickle::NodeId object,
                                    StorageTable& storages);

}  // namespace ckpt::torch
