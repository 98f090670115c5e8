// What torch.load(weights_only=True) would refuse of a file that is yet to be written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// The objects and tensors of `tree` whose calls or states weights_only does not take, in the order
/// of their nodes. Names of globals outside of calls, keys, and texts are not looked at.
std::vector<model::NodeId> find_refused_values(const model::Tree& tree);

/// Why weights_only would refuse the pickle that is written for `tree`; none: it would be loaded.
std::optional<std::string> find_refusal(const model::Tree& tree);

}  // namespace ckpt::torch
