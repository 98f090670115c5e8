// Files with sorted names, such as those converted from safetensors. Their order of registration is
// searched for, and convention decides between orders that fit.
#pragma once

#include "optim/names/explain.hpp"
#include "optim/names/trainable_sets.hpp"

namespace ckpt::optim {

/// The level stays `none` when no registration order fits.
void explain_sorted(const Problem& problem, const FindClones& find_clones,
                    Explanation& explanation);

}  // namespace ckpt::optim
