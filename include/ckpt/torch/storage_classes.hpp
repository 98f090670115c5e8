// The storage classes of torch (torch.FloatStorage, ...) and the element type that each declares. A
// persistent id in a pickle names one of them, and that is the only place where a file says the
// dtype of most tensors.
#pragma once

#include <optional>
#include <string_view>

#include "ckpt/model/dtype.hpp"

namespace ckpt::torch {

/// What a class name behind 'storage' in a persistent id declares.
struct StorageClass {
  std::optional<model::DType> dtype;  ///< nothing for UntypedStorage: the storage counts bytes
};

/// The storage class `module`.`name`, as torch.save and TorchScript write it; nothing for others.
std::optional<StorageClass> find_storage_class(std::string_view module, std::string_view name);

/// "FloatStorage" for float32; "" for a dtype without a storage class. torch keeps the latter in an
/// UntypedStorage and rebuilds the tensor with _rebuild_tensor_v3.
///
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/storage.py
/// (_dtype_to_storage_type_map)
std::string_view storage_class_name(model::DType dtype);

}  // namespace ckpt::torch
