// Grades pairs: the more independent cues agree on a pair, the more certain it is.
#pragma once

#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// The grade of each assigned pair. An open pair becomes contested_plus when the reason for its
/// doubt is settled: its rivals, or the module that contains it.
std::vector<Grade> grades_of(const Side& a, const Side& b, const Candidates& candidates,
                             const std::vector<std::uint32_t>& chosen);

/// Other units of B that fit `chosen`, best first, at most `count`.
std::vector<std::uint32_t> alternatives_of(const Candidates& candidates, std::uint32_t chosen,
                                           std::size_t count);

}  // namespace ckpt::match
