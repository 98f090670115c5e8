// Converts flattened optimizers to ordinary ones with names as ids, and back, so that every edit
// needs to know only the ordinary form. torch.distributed writes the flattened form:
//
//   {'state.fc.weight.step': 3, 'param_groups.fc.weight.lr': 0.1}
//   {'state': {'fc.weight': {'step': 3}}, 'param_groups': [{'lr': 0.1, 'params': ['fc.weight']}]}
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::optim {

/// Converts every flattened optimizer of the tree, in place; neighbouring parameters with equal
/// hyperparameters form a group. Returns the converted nodes.
std::vector<model::NodeId> unflatten_optimizers(model::Tree& tree);

/// Converts back, in the order in which torch.distributed writes: states, then groups.
void flatten_optimizer(model::Tree& tree, model::NodeId optimizer);

}  // namespace ckpt::optim
