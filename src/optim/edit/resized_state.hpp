// Resizes the state of a parameter that was cut or padded. Removed rows lose their state; new rows
// start from zero, with the step count of the others.
#pragma once

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// The state of a parameter of shape `before`, adapted to shape `after`: per-element entries keep
/// their first elements and are filled with zeros; numbers stay. no_node when an entry is neither
/// (factored and quantized optimizers), or when the ranks differ.
model::NodeId make_resized_state(model::Tree& tree, model::NodeId state, const Shape& before,
                                 const Shape& after);

}  // namespace ckpt::optim
