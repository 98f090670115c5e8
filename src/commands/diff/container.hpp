// `ckpt diff --container`: how the same content is stored: the generation of the file, records that
// are none of the checkpoint's, and of each tensor its strides, device, kind and shared storage.
#pragma once

#include <string>
#include <vector>

#include "ckpt/diff/difference.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

struct ContainerDifference {
  std::string what;  ///< "generation", "tensor fc.weight"
  std::string a;
  std::string b;
};

/// Of the files, and of the tensors that are on both sides.
std::vector<ContainerDifference> compare_containers(const Checkpoint& a, const Checkpoint& b,
                                                    const diff::Names& names,
                                                    const diff::Result& result);

}  // namespace ckpt::commands
