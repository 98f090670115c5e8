// Tied weights that were cloned when saving: two names, equal bytes.
#pragma once

#include "ckpt/optim/resolve.hpp"

namespace ckpt::optim {

/// Tells the candidates whose bytes, not all alike, are those of an earlier one of the same shape
/// and type. Looks at a few kilobytes of each tensor, and at all bytes only where those agree.
/// `tree` must outlive the result.
CloneFinder make_clone_finder(const model::Tree& tree);

}  // namespace ckpt::optim
