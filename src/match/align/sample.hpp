// Models of thousands of like layers and experts are matched by a sample: of each number the first,
// middle and last values. What the sample shows of a family then holds for all of it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "match/align/problem.hpp"

namespace ckpt::match {

/// Positions of the units whose numbers are all among the first two, the middle and the last two
/// that their template has in that place.
std::vector<std::size_t> choose_sample(const std::vector<NamedUnit>& units);

/// How many pairs of equal squeezed shape there are.
std::size_t count_like_pairs(const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b);

/// A pair of units, each joined of the units of its side that part_names names.
struct ExtendedPair {
  NamedUnit a;
  NamedUnit b;
  ShapeRelation relation = ShapeRelation::same;
  Grade grade = Grade::contested;
};

/// The other members of the families that `sample` shows, among the units of both sides.
std::vector<ExtendedPair> extend(const std::vector<ExtendedPair>& sample,
                                 const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b);

}  // namespace ckpt::match
