// Names of ids, checked by how the weights moved since an older checkpoint of the same run: an
// optimizer moves a weight against its first moment, so that W - W_old goes with -m / sqrt(v) of
// its own state and of no other.
#pragma once

#include "ckpt/optim/identify.hpp"

namespace ckpt::optim {

/// Settles an ambiguous resolution where one assignment clearly goes best with the change of the
/// weights; makes an assumed one, or one that the user said, ambiguous where it does not go with
/// it. Others stay as they are. The rule tells what was seen.
/// Throws Error{conflict} when the older checkpoint lacks a weight, or has it in another shape.
void verify_names(const model::Tree& tree, const model::Tree& model_tree,
                  const OlderCheckpoint& older, const Overrides& overrides, Identified& identified);

}  // namespace ckpt::optim
