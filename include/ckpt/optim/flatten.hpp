// Flattened optimizers as optimizers whose ids are names, and back: so that what is done to those
// need not be written a second time.
//
//   {'state.fc.weight.step': 3, 'param_groups.fc.weight.lr': 0.1}
//   {'state': {'fc.weight': {'step': 3}}, 'param_groups': [{'lr': 0.1, 'params': ['fc.weight']}]}
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// Turns every flattened optimizer of the tree into one with names for ids, in place: neighbours
/// with equal hyperparameters are a group. Returns what was turned.
std::vector<model::NodeId> unflatten_optimizers(model::Tree& tree);

/// The way back, in the order in which torch.distributed writes: states, then groups.
void flatten_optimizer(model::Tree& tree, model::NodeId optimizer);

}  // namespace ckpt::optim
