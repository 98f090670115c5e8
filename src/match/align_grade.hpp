// How sure a chosen pair is, by how many cues that know nothing of each other agree on it.
#pragma once

#include <vector>

#include "match/align_candidates.hpp"

namespace ckpt::match {

/// `chosen`: position of a pair that was assigned.
Grade grade_of(const Candidates& candidates, std::uint32_t chosen);

/// Units of B that would have fit `chosen` as well, best first, at most `count`.
std::vector<std::uint32_t> alternatives_of(const Candidates& candidates, std::uint32_t chosen,
                                           std::size_t count);

}  // namespace ckpt::match
