// Predicts what torch.load(weights_only=True) would refuse in a file before it is written. `filter
// --plain` replaces these values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// The objects and tensors of `tree` whose call or state weights_only refuses, in node order.
/// Globals outside of calls, dict keys and texts are not checked.
std::vector<model::NodeId> find_refused_values(const model::Tree& tree);

/// Why weights_only would refuse the pickle written for `tree`; nothing when it would load it.
std::optional<std::string> find_refusal(const model::Tree& tree);

}  // namespace ckpt::torch
