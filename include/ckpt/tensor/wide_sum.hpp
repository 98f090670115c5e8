// A sum that cannot overflow. Squares of 1e300 and of 1e-300 are outside the range of doubles,
// although the roots and quotients computed from their sums are inside.
#pragma once

#include <cmath>

namespace ckpt::tensor {

/// value * 2^exponent. The exponent is 0 while doubles suffice.
struct WideSum {
  double value = 0;
  int exponent = 0;

  void add(double number, int its_exponent = 0) {
    if (number == 0) return;
    if (value == 0) exponent = its_exponent;
    if (exponent < its_exponent) raise_to(its_exponent);
    number = std::ldexp(number, its_exponent - exponent);
    if (std::isinf(value + number) && std::isfinite(value) && std::isfinite(number)) {
      constexpr int headroom = 512;
      raise_to(exponent + headroom);
      number = std::ldexp(number, -headroom);
    }
    value += number;
  }

  void add(const WideSum& other) { add(other.value, other.exponent); }

 private:
  void raise_to(int higher) {
    value = std::ldexp(value, exponent - higher);
    exponent = higher;
  }
};

/// The sums that norms and cosine of two tensors need.
struct PairSums {
  WideSum squares;  ///< of a - b
  WideSum a_squares;
  WideSum b_squares;
  WideSum products;

  void add(const PairSums& other) {
    squares.add(other.squares);
    a_squares.add(other.a_squares);
    b_squares.add(other.b_squares);
    products.add(other.products);
  }
};

/// sqrt(sum / count). Halving the exponent is exact: exponents of sums of squares are even.
inline double root_of_mean(const WideSum& sum, double count) {
  return std::ldexp(std::sqrt(sum.value / count), sum.exponent / 2);
}

/// sqrt(a) / sqrt(b)
inline double ratio_of_roots(const WideSum& a, const WideSum& b) {
  return std::ldexp(std::sqrt(a.value) / std::sqrt(b.value), (a.exponent - b.exponent) / 2);
}

/// products / (sqrt(a) * sqrt(b))
inline double cosine_of(const WideSum& products, const WideSum& a, const WideSum& b) {
  return std::ldexp(products.value / (std::sqrt(a.value) * std::sqrt(b.value)),
                    products.exponent - (a.exponent + b.exponent) / 2);
}

}  // namespace ckpt::tensor
