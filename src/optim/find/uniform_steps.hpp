// One type of `step` for all states of an optimizer.
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// Where some steps are Python integers and some tensors, makes the integers 0-dim float32 tensors:
/// torch 1.13 converts them on load only when the first is an integer.
void make_steps_uniform(model::Tree& tree, const std::vector<model::NodeId>& states);

}  // namespace ckpt::optim
