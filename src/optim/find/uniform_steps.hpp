// Gives all states of an optimizer the same type of `step`.
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// When some steps are Python integers and some are tensors, turns the integers into 0-dim float32
/// tensors: torch 1.13 looks at the first state only to decide whether to convert them.
void make_steps_uniform(model::Tree& tree, const std::vector<model::NodeId>& states);

}  // namespace ckpt::optim
