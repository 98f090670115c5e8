// Compares the values of many pairs of tensors on several threads with bounded memory.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ckpt/diff/compare.hpp"

namespace ckpt::diff {

/// Two tensors of the same shape whose elements can be compared.
struct TensorPair {
  std::size_t a = 0;  ///< index of the leaf
  std::size_t b = 0;
  tensor::Tolerance tolerance = {};
};

/// One result per pair, in order. With Extent::verdict or first_difference the results stop at a
/// difference: later ones are missing; for a verdict also some earlier ones and the figures.
std::vector<std::optional<tensor::Comparison>> compare_pairs(const Side& a,
                                                             const std::vector<Leaf>& leaves_a,
                                                             const Side& b,
                                                             const std::vector<Leaf>& leaves_b,
                                                             const std::vector<TensorPair>& pairs,
                                                             const Options& options);

}  // namespace ckpt::diff
