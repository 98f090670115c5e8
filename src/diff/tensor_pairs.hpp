// The values of many pairs of tensors, compared on several threads with bounded memory.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ckpt/diff/compare.hpp"

namespace ckpt::diff {

/// Two tensors of one shape whose numbers can be compared.
struct TensorPair {
  std::size_t a = 0;  ///< index of the leaf
  std::size_t b = 0;
  tensor::Tolerance tolerance = {};
};

/// One result a pair, in their order. With Extent::verdict or first_difference the results end at a
/// difference: those after it, and for a verdict perhaps some before it, are missing; figures too.
std::vector<std::optional<tensor::Comparison>> compare_pairs(const Side& a,
                                                             const std::vector<Leaf>& leaves_a,
                                                             const Side& b,
                                                             const std::vector<Leaf>& leaves_b,
                                                             const std::vector<TensorPair>& pairs,
                                                             const Options& options);

}  // namespace ckpt::diff
