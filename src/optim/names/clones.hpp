// Finds tied weights that were saved as clones: two names with equal bytes.
#pragma once

#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// Finds candidates whose bytes equal those of an earlier candidate of the same shape and dtype,
/// unless all elements are alike. Reads a few kilobytes of each tensor, and all bytes only when
/// these agree. `tree` must outlive the result.
CloneFinder make_clone_finder(const model::Tree& tree);

}  // namespace ckpt::optim
