// How alike the modules around two units are by what they hold: the shapes of their tensors,
// however those are called. It tells apart what names and numbers cannot, such as blocks counted
// backwards.
#pragma once

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Fills structure of every pair.
void score_structure(const Side& a, const Side& b, Candidates& candidates);

}  // namespace ckpt::match
