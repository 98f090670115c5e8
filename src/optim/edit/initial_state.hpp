// Creates the states that an optimizer has before its first step.
#pragma once

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// {'step': 0, 'sum': initial_accumulator_value everywhere}, with the shape and types of the old
/// state; no_node when there is no old state to copy them from.
model::NodeId make_initial_adagrad_state(model::Tree& tree, const Optimizer& optimizer,
                                         const Slot& slot);

}  // namespace ckpt::optim
