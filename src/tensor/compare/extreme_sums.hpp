// Sums over pairs of float64 whose squares leave the range of doubles, such as those of 1e300 and
// 5e-318. Each number is split into fraction and exponent before it is squared.
#pragma once

#include <complex>

#include "ckpt/tensor/wide_sum.hpp"
#include "tensor/compare/chunks.hpp"

namespace ckpt::tensor {

/// Whether a sum of squares is too large or too small to be accurate. This includes 0, the sum of
/// squares of numbers that are small but not 0.
inline bool is_extreme(double squares) { return !(squares > 0x1p-900 && squares < 0x1p1000); }

inline bool has_extremes(const ChunkSums& sums) {
  return is_extreme(sums.a_squares) || is_extreme(sums.b_squares) ||
         (sums.unequal_count > 0 && is_extreme(sums.squares));
}

/// Adds a pair of finite numbers with the given distance.
void add_extremes(PairSums& sums, std::complex<double> a, std::complex<double> b, double distance);

/// Adds the pairs in which both numbers are finite.
void add_extremes(PairSums& sums, const ChunkPair& pair);

}  // namespace ckpt::tensor
