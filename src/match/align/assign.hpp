// One partner each, so that the scores sum to the most: an assignment per connected part of the
// graph of candidates.
#pragma once

#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Positions of the chosen candidates, ascending.
std::vector<std::uint32_t> assign(const Candidates& candidates);

}  // namespace ckpt::match
