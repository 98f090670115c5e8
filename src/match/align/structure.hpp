// Scores how similar the modules around two units are by content: the shapes of their tensors,
// whatever their names. This decides cases in which names and numbers fail, such as blocks that are
// counted backwards.
#pragma once

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Fills `structure` of every pair.
void score_structure(const Side& a, const Side& b, Candidates& candidates);

}  // namespace ckpt::match
