// The functions that torch.save names to rebuild tensors: a row for each, and how its arguments
// describe a tensor.
//
//   torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[,
//   metadata]) torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks,
//   dtype[, ...]) torch._utils._rebuild_parameter(tensor, requires_grad, hooks)
//
// Offsets and strides are in elements of the tensor's dtype. formats/pytorch.md 2.3.
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"
#include "torch/storage_table.hpp"

namespace ckpt::torch {

struct Rebuilt {
  model::Tensor tensor;
  /// Whether the fields of `tensor` say all, so that it can be written anew as torch.save would;
  /// otherwise the object it came from has to be carried along.
  bool is_complete = false;
};

/// The tensor that making `object` would give, or nothing when it gives none that we know.
/// Errors: Error{malformed} for arguments that the function would refuse.
std::optional<Rebuilt> find_rebuilt(const pickle::Graph& graph, pickle::NodeId object,
                                    StorageTable& storages);

}  // namespace ckpt::torch
