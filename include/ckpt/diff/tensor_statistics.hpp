// Computes the statistics of many tensors on several threads with bounded memory: large tensors are
// cut into units that threads share.
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

/// Whether `tensor` has numeric elements of its own: not sparse, not meta, and a dtype with
/// tensor::has_statistics().
bool has_statistics(const model::Tensor& tensor);

/// The statistics of each tensor in order; nothing for tensors without numeric elements. Several
/// views of the same bytes are read once. The result does not depend on the number of threads, not
/// even in the last bit. Throws as tensor::ElementStream does, with the name of the tensor.
std::vector<std::optional<tensor::Statistics>> compute_statistics(
    const model::Tree& tree, const std::vector<NamedTensor>& tensors,
    const StatisticsOptions& options);

}  // namespace ckpt::diff
