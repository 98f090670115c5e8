// Statistics of many tensors, computed where they lie by several threads with bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/statistics.hpp"

namespace ckpt::diff {

struct NamedTensor {
  std::string name;  ///< for messages
  model::NodeId node = model::no_node;
};

struct StatisticsOptions {
  unsigned thread_count = 1;
  std::function<void(std::uint64_t bytes)> on_progress = {};
};

/// Whether `tensor` has elements of its own that are numbers: neither sparse nor meta, and
/// tensor::has_statistics() of its dtype.
bool has_statistics(const model::Tensor& tensor);

/// Of each of `tensors`, in their order; nothing where there are none. Views of the same bytes are
/// read once. The number of threads changes no bit. Throws as tensor::ElementStream, with the name
/// of the tensor.
std::vector<std::optional<tensor::Statistics>> compute_statistics(
    const model::Tree& tree, const std::vector<NamedTensor>& tensors,
    const StatisticsOptions& options);

}  // namespace ckpt::diff
