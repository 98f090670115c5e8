#include "tensor/compare/extreme_sums.hpp"

#include <cmath>

namespace ckpt::tensor {

namespace {

void add_product(WideSum& sum, double a, double b) {
  if (a == 0 || b == 0) return;
  if (std::isinf(a) || std::isinf(b)) return sum.add(a * b);
  int exponent_a = 0;
  int exponent_b = 0;
  const double product = std::frexp(a, &exponent_a) * std::frexp(b, &exponent_b);
  sum.add(product, exponent_a + exponent_b);
}

}  // namespace

void add_extremes(PairSums& sums, std::complex<double> a, std::complex<double> b, double distance) {
  add_product(sums.squares, distance, distance);  // may be infinite
  add_product(sums.a_squares, a.real(), a.real());
  add_product(sums.a_squares, a.imag(), a.imag());
  add_product(sums.b_squares, b.real(), b.real());
  add_product(sums.b_squares, b.imag(), b.imag());
  add_product(sums.products, a.real(), b.real());
  add_product(sums.products, a.imag(), b.imag());
}

void add_extremes(PairSums& sums, const ChunkPair& pair) {
  for (std::size_t i = 0; i < pair.count; ++i)
    if (std::isfinite(pair.a[i]) && std::isfinite(pair.b[i]))
      add_extremes(sums, pair.a[i], pair.b[i], pair.difference[i]);
}

}  // namespace ckpt::tensor
