// How sure a chosen pair is, by how many cues that know nothing of each other agree on it.
#pragma once

#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// Of each of the pairs that were assigned. One that is open by itself is contested_plus after all
/// when what made it doubtful is settled: its rivals, or the module that it is in.
std::vector<Grade> grades_of(const Side& a, const Side& b, const Candidates& candidates,
                             const std::vector<std::uint32_t>& chosen);

/// Units of B that would have fit `chosen` as well, best first, at most `count`.
std::vector<std::uint32_t> alternatives_of(const Candidates& candidates, std::uint32_t chosen,
                                           std::size_t count);

}  // namespace ckpt::match
