// Models with thousands of equal layers and experts are matched by a sample: the first, middle and
// last values of each number. What the sample shows about a family is then applied to all of it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "match/align/problem.hpp"

namespace ckpt::match {

/// Indices of the units whose numbers are all among the first two, the middle and the last two
/// values at that position of their template.
std::vector<std::size_t> choose_sample(const std::vector<NamedUnit>& units);

/// The number of pairs with equal squeezed shape.
std::size_t count_like_pairs(const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b);

/// A pair of units, each joined from the units in part_names of its side.
struct ExtendedPair {
  NamedUnit a;
  NamedUnit b;
  ShapeRelation relation = ShapeRelation::same;
  Grade grade = Grade::contested;
};

/// The other members of the families in `sample`, among the units of both sides.
std::vector<ExtendedPair> extend(const std::vector<ExtendedPair>& sample,
                                 const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b);

}  // namespace ckpt::match
