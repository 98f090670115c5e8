// Computes which bytes of each storage the tensors of a tree see, and how many tensors share it.
// torch.save writes whole storages, so a small slice of a large tensor can make a file large;
// `info` and `compact` show and remove such bytes.
#pragma once

#include <cstdint>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// How the tensors of a tree use a storage.
struct StorageUse {
  std::uint64_t tensor_count = 0;   ///< different nodes that view it
  std::uint64_t reached_bytes = 0;  ///< bytes that some tensor sees: covered_bytes()
};

/// Indexed by StorageId. A storage that occurs without a tensor counts as seen completely.
std::vector<StorageUse> storage_uses(const Tree& tree);

}  // namespace ckpt::model
