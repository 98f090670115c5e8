// Numbers in an optimizer, which are Python numbers or tensors of one element (`step` is either,
// depending on the torch release).
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// The value of an integer, a float, a bool, or a tensor of one element (whose bytes are read);
/// nothing for other nodes.
std::optional<double> find_number(const model::Tree& tree, model::NodeId node);

/// Adds a 0-dim float32 tensor with its own storage, as torch.optim stores `step`.
model::NodeId add_number_tensor(model::Tree& tree, double value);

}  // namespace ckpt::optim
