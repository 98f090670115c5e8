// Finds tensors that were only renamed: removed from A and added to B with equal content.
#pragma once

#include "ckpt/diff/difference.hpp"

namespace ckpt::diff {

/// Replaces a removed and an added tensor with equal dtype, shape and elements by one difference,
/// at the place of the removed one. Reads only tensors that can have a partner. Among several of
/// equal content (zeros, tied weights), names with the longest common end are paired.
void find_renames(const Side& a, const Side& b, unsigned thread_count, Result& result);

}  // namespace ckpt::diff
