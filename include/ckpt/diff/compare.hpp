// Compares two checkpoints. Leaves (leaves.hpp) are paired by name; a pair is compared by type,
// then shape and dtype, and only then by its elements, which are read on several threads. Leaves
// without a partner are added, removed or, with equal content under another name, renamed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ckpt/diff/difference.hpp"
#include "ckpt/match/pattern.hpp"

namespace ckpt::diff {

/// A tolerance for the tensors that a pattern matches.
struct PatternTolerance {
  match::Pattern pattern;
  tensor::Tolerance tolerance;

  /// Patterns without ':' match the root's entries by name after renaming; patterns with ':' match
  /// paths.
  bool applies_to(const Names& names, const Leaf& leaf) const;
};

enum class Depth : std::uint8_t {
  keys,  ///< names, shapes and dtypes; reads no tensor byte
  values,
};

enum class Extent : std::uint8_t {
  everything,        ///< every difference, with figures
  verdict,           ///< whether there is a difference; stops as early as possible
  first_difference,  ///< the first in the order of Result::differences
};

enum class DTypes : std::uint8_t {
  must_agree,
  may_differ,  ///< tensors of two dtypes are compared as numbers
};

struct Options {
  Depth depth = Depth::values;
  Extent extent = Extent::everything;
  DTypes dtypes = DTypes::must_agree;
  tensor::Tolerance tolerance = {};
  std::vector<PatternTolerance> tolerances = {};  ///< the last matching one counts
  unsigned thread_count = 1;
  /// Called from any thread with the number of bytes compared (of one side).
  std::function<void(std::uint64_t bytes)> on_progress = {};
};

/// Compares the leaves of both sides. Tensors that share a storage on both sides are compared once;
/// equal ranges of one file are not read. Throws as tensor::ElementStream does, with the name of
/// the tensor.
Result compare(const Side& a, std::vector<Leaf> leaves_a, const Side& b, std::vector<Leaf> leaves_b,
               const Options& options);

}  // namespace ckpt::diff
