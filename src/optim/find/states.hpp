// States of parameters as values of a tree: made, combined, compared.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/numbers.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "ckpt/optim/root_edit.hpp"

namespace ckpt::optim {

/// Neither missing, nor None, nor {}: what may be written.
bool is_real_state(const model::Tree& tree, model::NodeId state);

/// The state of a parameter that `operation` makes of others: the operation on every per-element
/// entry, the common value of every number. no_node when no source has a state.
/// Throws Error{conflict} naming `name` and the entry that cannot follow.
model::NodeId combine_states(model::Tree& tree, const Optimizer& optimizer,
                             std::span<const std::size_t> slots, const Output& output);

}  // namespace ckpt::optim
