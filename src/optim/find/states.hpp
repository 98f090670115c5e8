// Creates, combines and compares the states of parameters.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/numbers.hpp"
#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

/// Whether the state exists and is neither None nor {}, so that it is written.
bool is_real_state(const model::Tree& tree, model::NodeId state);

/// The state of a parameter that `operation` computes from others: every per-element entry is
/// computed by the operation, every number must be equal in all. no_node when no source has a
/// state. Throws Error{conflict} naming `name` and the entry that cannot be computed.
model::NodeId combine_states(model::Tree& tree, const Optimizer& optimizer,
                             std::span<const std::size_t> slots, const model::Output& output);

}  // namespace ckpt::optim
