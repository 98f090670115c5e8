// Numbers in an optimizer: Python's, or tensors of one element.
#pragma once

#include <optional>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// An integer, a float, a bool, or a tensor of one element, whose bytes are read.
std::optional<double> find_number(const model::Tree& tree, model::NodeId node);

/// A 0-dim float32 tensor with a storage of its own, as torch.optim keeps `step`.
model::NodeId add_number_tensor(model::Tree& tree, double value);

}  // namespace ckpt::optim
