// The best monotone alignment of two files: pairs that keep the order of both, with the largest sum
// of likeness. What two libraries define in the same order lies on it.
#pragma once

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Fills alignment of every pair, and is_aligned where the alignment leaves no choice.
void score_alignment(Candidates& candidates);

}  // namespace ckpt::match
