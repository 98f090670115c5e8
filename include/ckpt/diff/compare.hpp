// Compares two checkpoints: names first, then shapes and dtypes, then values.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ckpt/diff/difference.hpp"
#include "ckpt/match/pattern.hpp"

namespace ckpt::diff {

/// The tolerance of the tensors that a pattern matches.
struct PatternTolerance {
  match::Pattern pattern;
  tensor::Tolerance tolerance;

  /// As patterns see keys: the root's by name, after renaming; everything by path.
  bool applies_to(const Names& names, const Leaf& leaf) const;
};

enum class Depth : std::uint8_t {
  keys,  ///< names, shapes and dtypes; no byte of a tensor is read
  values,
};

enum class Extent : std::uint8_t {
  everything,        ///< every difference with its figures
  verdict,           ///< whether there is one: ends as early as it can
  first_difference,  ///< the first in the order of Result::differences
};

enum class DTypes : std::uint8_t {
  must_agree,
  may_differ,  ///< tensors of two dtypes are compared as numbers, and the same if those are
};

struct Options {
  Depth depth = Depth::values;
  Extent extent = Extent::everything;
  DTypes dtypes = DTypes::must_agree;
  tensor::Tolerance tolerance = {};
  std::vector<PatternTolerance> tolerances = {};  ///< the last that matches counts
  unsigned thread_count = 1;
  /// Called from any thread with bytes that were compared (of one side).
  std::function<void(std::uint64_t bytes)> on_progress = {};
};

/// What collect_leaves() gave for both sides, compared. Tensors that share a storage on both sides
/// are compared once; ranges of one file that are the same are not read.
/// Errors: as tensor::ElementStream, with the name of the tensor.
Result compare(const Side& a, std::vector<Leaf> leaves_a, const Side& b, std::vector<Leaf> leaves_b,
               const Options& options);

}  // namespace ckpt::diff
