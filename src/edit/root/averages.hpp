// Averages of the weights beside the model (ema, teacher, ...): what an edit does to the model it
// does to them, names in `_metadata` and the places of keys included, or nothing at all.
#pragma once

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt::edit {

/// Edits the state dicts of averaged weights in `tree` that have the names of the model's root.
/// Called before the root is edited. An average of other names stays, which is said.
void edit_averages(model::Tree& tree, const optim::ModelView& model, const model::RootEdit& edit,
                   optim::CarryReport& report);

}  // namespace ckpt::edit
