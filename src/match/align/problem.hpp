// Solves one alignment problem of moderate size: takes the units of both sides, returns pairs with
// grades.
#pragma once

#include <span>
#include <vector>

#include "match/align/candidates.hpp"

namespace ckpt::match {

/// A chosen pair with its grade.
struct UnitPair {
  std::size_t a = 0;
  std::size_t b = 0;
  ShapeRelation relation = ShapeRelation::same;
  Grade grade = Grade::contested;
  std::vector<std::uint32_t> alternatives = {};  ///< units of B
};

/// In the order of A.
std::vector<UnitPair> solve(const Side& a, const Side& b, const Vocabularies& vocabularies,
                            std::span<const AlignHint> hints);

}  // namespace ckpt::match
