// The state of a parameter that was cut or padded: rows that go take theirs along, rows that come
// start from zero under the step of the others.
#pragma once

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// `state` of a parameter of shape `before`, for the shape `after`: every per-element entry keeps
/// its first elements and is filled with zeros; numbers stay. no_node when an entry is neither, as
/// of factored and quantised optimizers, or when the ranks differ.
model::NodeId make_resized_state(model::Tree& tree, model::NodeId state, const Shape& before,
                                 const Shape& after);

}  // namespace ckpt::optim
