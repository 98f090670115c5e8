// Comparison of complex numbers. Distances are in the complex plane; the sign of zero is compared
// for both parts.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>

#include "ckpt/tensor/compare.hpp"
#include "tensor/compare/extreme_sums.hpp"
#include "tensor/read/float_codes.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

std::complex<double> decode_complex(DType dtype, const std::byte* element) {
  const DType part = part_of_complex(dtype);
  return {decode_float(part, element),
          decode_float(part, element + model::row_of(part).size_bytes)};
}

bool is_nan(const std::complex<double>& number) {
  return std::isnan(number.real()) || std::isnan(number.imag());
}

bool is_infinite(const std::complex<double>& number) {
  return std::isinf(number.real()) || std::isinf(number.imag());
}

bool is_finite(const std::complex<double>& number) {
  return !is_nan(number) && !is_infinite(number);
}

}  // namespace

void Comparer::add_complex(ByteView a, ByteView b) {
  const std::size_t width = model::row_of(dtype_a_).size_bytes;
  const std::uint64_t first_index = next_index_;
  for (std::size_t first = 0; first < a.size(); first += width) {
    add_complex_pair(a.subspan(first, width), b.subspan(first, width));
    ++next_index_;
  }
  next_index_ = first_index;
}

void Comparer::add_complex_pair(ByteView a, ByteView b) {
  const std::complex<double> left = decode_complex(dtype_a_, a.data());
  const std::complex<double> right = decode_complex(dtype_b_, b.data());
  const bool is_changed = std::memcmp(a.data(), b.data(), a.size()) != 0;
  const bool are_finite = is_finite(left) && is_finite(right);
  const double distance = are_finite ? std::abs(left - right) : 0;
  const double size_b = are_finite ? std::abs(right) : 0;
  const double bound = tolerance_.absolute + tolerance_.relative * size_b;
  const bool is_beyond = is_changed && (tolerance_.is_exact() || !are_finite || distance > bound);
  changed_count_ += is_changed ? 1U : 0U;
  beyond_count_ += is_beyond ? 1U : 0U;
  if (is_beyond && !first_) note_first(next_index_, a.data(), b.data());
  if (!are_finite) {
    ++not_finite_count_;
    new_nan_count_ += is_nan(right) && !is_nan(left) ? 1U : 0U;
    new_inf_count_ += is_infinite(right) && !is_infinite(left) ? 1U : 0U;
    return;
  }
  zero_sign_count_ += is_changed && distance == 0 ? 1U : 0U;
  sum_abs_ += distance;
  const double square = distance * distance;
  if (is_extreme(std::norm(left)) || is_extreme(std::norm(right)) ||
      (distance > 0 && is_extreme(square))) {
    add_extremes(sums_, left, right, distance);
  } else {
    sums_.squares.add(square);
    sums_.a_squares.add(std::norm(left));
    sums_.b_squares.add(std::norm(right));
    sums_.products.add(left.real() * right.real() + left.imag() * right.imag());
  }
  if (size_b > 0) max_relative_ = std::max(max_relative_, distance / size_b);
  if (distance > max_abs_) note_max(distance, next_index_);
}

}  // namespace ckpt::tensor
