// A key for "the same elements of the same storage". Two tensors with equal keys are tied: the
// optimizer holds one state for both, and a write to one changes the other. Dtype and flags are
// part of the key: a view with another dtype, or a conjugated one, sees the same bytes as different
// elements.
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
  bool is_conjugated = false;
  bool is_negated = false;
  std::int64_t offset_elements = 0;
  std::vector<std::int64_t> shape = {};
  std::vector<std::int64_t> stride_elements = {};

  auto operator<=>(const ViewKey&) const = default;
};

/// Nothing for a tensor that is not a view of a storage or has no elements.
inline std::optional<ViewKey> find_view_key(const Tensor& tensor) {
  const bool is_view = tensor.form == TensorForm::strided && tensor.storage != no_storage;
  if (!is_view || element_count(tensor.layout.shape) == 0) return std::nullopt;
  return ViewKey{tensor.storage,
                 tensor.dtype,
                 tensor.is_conjugated,
                 tensor.is_negated,
                 tensor.layout.offset_elements,
                 tensor.layout.shape,
                 tensor.layout.stride_elements};
}

/// Whether two tensors, of the same or of two storages, are the same view of their storage.
inline bool is_same_layout(const Tensor& a, const Tensor& b) {
  return a.dtype == b.dtype && a.layout == b.layout && a.is_conjugated == b.is_conjugated &&
         a.is_negated == b.is_negated;
}

/// Whether two tensors of one tree have equal keys; makes no keys.
inline bool is_same_view(const Tensor& a, const Tensor& b) {
  return a.storage == b.storage && is_same_layout(a, b);
}

}  // namespace ckpt::model
