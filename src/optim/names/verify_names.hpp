// Checks the names of ids by the movement of the weights since an older checkpoint of the same run.
// An optimizer moves a weight against its first moment, so W - W_old correlates with -m / sqrt(v)
// of its own state and of no other.
#pragma once

#include "ckpt/optim/identify.hpp"

namespace ckpt::optim {

/// Settles an ambiguous resolution when one assignment clearly fits the change of the weights best.
/// Makes an assumed resolution, or one given by the user, ambiguous when it contradicts the change.
/// Leaves others unchanged. The rule says what was seen.
///
/// Throws Error{conflict} when the older checkpoint lacks a weight or has it in another shape.
void verify_names(const model::Tree& tree, const model::Tree& model_tree,
                  const OlderCheckpoint& older, const Overrides& overrides, Identified& identified);

}  // namespace ckpt::optim
