// The best monotone alignment of two files: pairs that keep the order of both, with the largest sum of
// likeness. What two libraries define in the same order lies on it.
#pragma once

#include "match/align_candidates.hpp"

namespace ckpt::match {

/// Fills is_aligned and alignment of every pair.
void score_alignment(Candidates& candidates);

}  // namespace ckpt::match
