// Finds the best monotone alignment of two files: the pairs that keep the order of both, with the
// largest sum of similarity. Two libraries usually define the same layers in the same order.
#pragma once

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Fills `alignment` of every pair, and `is_aligned` where all best alignments contain the pair.
void score_alignment(Candidates& candidates);

}  // namespace ckpt::match
