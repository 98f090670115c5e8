// Files that sort their names, as safetensors does: the order of registration is sought again, and
// convention decides between the orders that fit.
#pragma once

#include "optim/names/explain.hpp"
#include "optim/names/trainable_sets.hpp"

namespace ckpt::optim {

/// Leaves the level at none when no order of registration fits.
void explain_sorted(const Problem& problem, const FindClones& find_clones,
                    Explanation& explanation);

}  // namespace ckpt::optim
