// Chooses partners: each unit gets at most one, and the sum of the scores is as large as possible.
// Each connected component of the graph of candidates is solved alone.
#pragma once

#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Indices of the chosen candidates, ascending.
std::vector<std::uint32_t> assign(const Candidates& candidates);

}  // namespace ckpt::match
