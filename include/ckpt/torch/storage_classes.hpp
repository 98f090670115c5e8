// torch.FloatStorage and its kin: which element type a storage class declares.
#pragma once

#include <optional>
#include <string_view>

#include "ckpt/model/dtype.hpp"

namespace ckpt::torch {

/// What a class name after ('storage', ...) says.
struct StorageClass {
  std::optional<model::DType> dtype;  ///< none for UntypedStorage: the storage counts bytes
};

/// The class `module name`, as torch.save and TorchScript write it, or nothing.
std::optional<StorageClass> find_storage_class(std::string_view module, std::string_view name);

/// "FloatStorage" for float32; "" for a dtype without a storage class of its own, which torch keeps
/// in an UntypedStorage and rebuilds by _rebuild_tensor_v3.
/// Source: https://github.com/pytorch/pytorch/blob/v2.6.0/torch/storage.py
/// (_dtype_to_storage_type_map)
std::string_view storage_class_name(model::DType dtype);

}  // namespace ckpt::torch
