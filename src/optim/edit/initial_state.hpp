// States as an optimizer makes them before its first step.
#pragma once

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// {'step': 0, 'sum': initial_accumulator_value everywhere}, shaped and typed like the old state;
/// no_node when there is none to go by.
model::NodeId make_initial_adagrad_state(model::Tree& tree, const Optimizer& optimizer,
                                         const Slot& slot);

}  // namespace ckpt::optim
