// Which bytes a tensor sees, as a key: two tensors with one key hold the same elements.
#pragma once

#include <optional>
#include <string>

#include "ckpt/base/text.hpp"
#include "ckpt/model/tensor.hpp"

namespace ckpt::diff {

/// Without the storage: the same for views that are alike in two storages.
inline std::string layout_key(const model::Tensor& tensor) {
  std::string key = concat(static_cast<int>(tensor.dtype), tensor.is_conjugated ? "c" : "",
                           tensor.is_negated ? "n" : "", '@', tensor.layout.offset_elements);
  for (const std::int64_t size : tensor.layout.shape) key += concat('x', size);
  for (const std::int64_t stride : tensor.layout.stride_elements) key += concat('/', stride);
  return key;
}

/// Nothing for a tensor that is no view of a storage.
inline std::optional<std::string> find_view_key(const model::Tensor& tensor) {
  if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage)
    return std::nullopt;
  return concat(static_cast<std::uint32_t>(tensor.storage), ':', layout_key(tensor));
}

}  // namespace ckpt::diff
