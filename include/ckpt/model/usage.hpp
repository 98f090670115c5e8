// Which bytes of the storages the tensors of a tree see, and which storages they share.
#pragma once

#include <cstdint>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct StorageUse {
  std::uint64_t tensor_count = 0;   ///< tensors that view it, by node: a tensor counts once
  std::uint64_t reached_bytes = 0;  ///< that some tensor has an element in: covered_bytes()
};

/// By StorageId. A storage that appears without a tensor is reached whole.
std::vector<StorageUse> storage_uses(const Tree& tree);

}  // namespace ckpt::model
