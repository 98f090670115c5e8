// Which elements of a storage a tensor sees, as a key: tensors of one key are one to the optimizer,
// and a write into one of them is a write into all. Views of other dtypes see the same bytes as
// other elements, and are no ties.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::model {

struct ViewKey {
  StorageId storage = no_storage;
  DType dtype = DType::float32;
  std::int64_t offset_elements = 0;
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> stride_elements = {};

  auto operator<=>(const ViewKey&) const = default;
};

/// Nothing for a tensor that is no view of a storage, or has no elements.
inline std::optional<ViewKey> find_view_key(const Tensor& tensor) {
  if (tensor.storage == no_storage || element_count(tensor.layout.shape) == 0) return std::nullopt;
  return ViewKey{tensor.storage, tensor.dtype, tensor.layout.offset_elements, tensor.layout.shape,
                 tensor.layout.stride_elements};
}

}  // namespace ckpt::model
