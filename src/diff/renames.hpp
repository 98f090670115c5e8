// Tensors that only changed their names: removed from A and added to B with equal content.
#pragma once

#include "ckpt/diff/difference.hpp"

namespace ckpt::diff {

/// Joins pairs of removed and added tensors whose dtype, shape and elements are equal into one
/// difference, at the place of the removed one. Only tensors that could have such a
/// partner are read. Among several of equal content (zeros, tied weights) those with the longest
/// common end of their names belong together.
void find_renames(const Side& a, const Side& b, unsigned thread_count, Result& result);

}  // namespace ckpt::diff
