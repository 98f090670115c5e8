// `ckpt diff --container` compares how the same content is stored: the generation of the file,
// unknown records, and for each tensor its strides, device, class and shared storage.
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

/// The differences of the files, and of the tensors that both have.
std::vector<ContainerDifference> compare_containers(const Checkpoint& a, const Checkpoint& b,
                                                    const diff::Names& names,
                                                    const diff::Result& result);

}  // namespace ckpt::commands
