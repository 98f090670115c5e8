// Sums over pairs of float64 whose squares leave the range of doubles, as those of 1e300 and 5e-318
// do: each number is taken as a fraction and an exponent before it is squared.
#pragma once

#include <complex>

#include "ckpt/tensor/wide_sum.hpp"
#include "tensor/compare/chunks.hpp"

namespace ckpt::tensor {

/// Whether a sum of squares is too large or too small to tell what was squared. 0 is: it may be
/// that of numbers that are not.
inline bool is_extreme(double squares) { return !(squares > 0x1p-900 && squares < 0x1p1000); }

inline bool has_extremes(const ChunkSums& sums) {
  return is_extreme(sums.a_squares) || is_extreme(sums.b_squares) ||
         (sums.unequal_count > 0 && is_extreme(sums.squares));
}

/// Adds a pair of finite numbers that are `distance` apart.
void add_extremes(PairSums& sums, std::complex<double> a, std::complex<double> b, double distance);

/// Adds the pairs that are finite on both sides.
void add_extremes(PairSums& sums, const ChunkPair& pair);

}  // namespace ckpt::tensor
