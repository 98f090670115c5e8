#include "ckpt/tensor/compare.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "tensor/compare_chunks.hpp"
#include "tensor/float_codes.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

std::size_t width_of(DType dtype) { return model::row_of(dtype).size_bytes; }

bool is_complex(DType dtype) {
  return model::row_of(dtype).number_class == model::NumberClass::complex;
}

std::complex<double> decode_complex(DType dtype, const std::byte* element) {
  const DType part = part_of_complex(dtype);
  return {decode_float(part, element), decode_float(part, element + width_of(part))};
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

/// Of NaNs of different dtypes the bits cannot be compared.
bool is_same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void pad(ChunkPair& pair) {
  for (std::size_t i = pair.count; i % lane_count != 0; ++i)
    pair.a[i] = pair.b[i] = pair.difference[i] = 0;
}

}  // namespace

Comparer::Comparer(DType a, DType b, const Tolerance& tolerance, std::uint64_t first_index)
    : dtype_a_(a), dtype_b_(b), tolerance_(tolerance), next_index_(first_index) {
  if (a != b && !(is_real_number(a) && is_real_number(b)))
    throw std::logic_error("Comparer of dtypes that have no numbers in common");
}

void Comparer::add(ByteView a, ByteView b) {
  const std::size_t width_a = width_of(dtype_a_);
  const std::size_t width_b = width_of(dtype_b_);
  const std::size_t count = a.size() / width_a;
  for (std::size_t first = 0; first < count; first += chunk_elements) {
    const std::size_t size = std::min(chunk_elements, count - first);
    const ByteView part_a = a.subspan(first * width_a, size * width_a);
    const ByteView part_b = b.subspan(first * width_b, size * width_b);
    const bool is_one_dtype = dtype_a_ == dtype_b_;
    if (is_one_dtype && std::memcmp(part_a.data(), part_b.data(), part_a.size()) == 0) {
      add_equal(part_a);
    } else {
      const std::uint64_t changed_bits =
          is_one_dtype ? count_unequal(part_a.data(), part_b.data(), size, width_a) : 0;
      add_numbers(part_a, part_b, changed_bits);
    }
    element_count_ += size;
    next_index_ += size;
  }
}

void Comparer::skip_equal(std::uint64_t element_count) {
  element_count_ += element_count;
  skipped_count_ += element_count;
  next_index_ += element_count;
}

void Comparer::add_equal(ByteView elements) {
  const std::size_t width = width_of(dtype_a_);
  const std::size_t count = elements.size() / width;
  if (is_complex(dtype_a_)) return add_complex(elements, elements);
  if (!is_real_number(dtype_a_)) return;
  alignas(64) Chunk numbers;
  for (std::size_t first = 0; first < count; first += chunk_elements) {
    const std::size_t size = std::min(chunk_elements, count - first);
    widen_elements(dtype_a_, elements.data() + first * width, size, numbers);
    std::size_t padded = size;
    while (padded % lane_count != 0) numbers[padded++] = 0;
    const SquareSum sum = sum_squares(numbers, size);
    not_finite_count_ += sum.not_finite_count;
    sum_a_squares_ += sum.squares;
    sum_b_squares_ += sum.squares;
    sum_products_ += sum.squares;
  }
}

void Comparer::add_numbers(ByteView a, ByteView b, std::uint64_t changed_bits) {
  const std::size_t width_a = width_of(dtype_a_);
  const std::size_t width_b = width_of(dtype_b_);
  if (is_complex(dtype_a_)) return add_complex(a, b);
  ChunkPair pair;
  pair.count = a.size() / width_a;
  ChunkSums sums;
  const bool is_numeric = is_real_number(dtype_a_);
  if (is_numeric) {
    widen_elements(dtype_a_, a.data(), pair.count, pair.a);
    widen_elements(dtype_b_, b.data(), pair.count, pair.b);
    subtract(dtype_a_, dtype_b_, a.data(), b.data(), pair);
    pad(pair);
    sums = sum_chunk(pair, tolerance_.absolute, tolerance_.relative);
  } else {
    // Only the bits count.
    sums.beyond_count = changed_bits;
  }

  const bool is_one_dtype = dtype_a_ == dtype_b_;
  std::uint64_t not_finite_changed = 0;
  const auto is_changed = [&](std::size_t i) {
    return is_one_dtype ? std::memcmp(a.data() + i * width_a, b.data() + i * width_b, width_a) != 0
                        : !is_same_number(pair.a[i], pair.b[i]);
  };
  if (sums.not_finite_count > 0) {
    for (std::size_t i = 0; i < pair.count; ++i) {
      if (std::isfinite(pair.a[i]) && std::isfinite(pair.b[i])) continue;
      new_nan_count_ += std::isnan(pair.b[i]) && !std::isnan(pair.a[i]) ? 1U : 0U;
      new_inf_count_ += std::isinf(pair.b[i]) && !std::isinf(pair.a[i]) ? 1U : 0U;
      not_finite_changed += is_changed(i) ? 1U : 0U;
    }
  }
  const std::uint64_t changed =
      is_one_dtype ? changed_bits : sums.unequal_count + not_finite_changed;
  std::uint64_t beyond = tolerance_.is_exact() ? changed : sums.beyond_count + not_finite_changed;
  const auto is_beyond = [&](std::size_t i) {
    if (!is_changed(i)) return false;
    if (!is_numeric || tolerance_.is_exact()) return true;
    if (!std::isfinite(pair.a[i]) || !std::isfinite(pair.b[i])) return true;
    const double bound = tolerance_.absolute + tolerance_.relative * std::abs(pair.b[i]);
    if (std::abs(pair.difference[i]) <= bound) return false;
    return tolerance_.ulp == 0 || !is_one_dtype ||
           ulp_distance(dtype_a_, a.data() + i * width_a, b.data() + i * width_b) > tolerance_.ulp;
  };
  if (beyond > 0 && tolerance_.ulp > 0) {
    beyond = 0;
    for (std::size_t i = 0; i < pair.count; ++i) beyond += is_beyond(i) ? 1U : 0U;
  }
  if (beyond > 0 && !first_) {
    std::size_t i = 0;
    while (i + 1 < pair.count && !is_beyond(i)) ++i;
    note_first(next_index_ + i, a.data() + i * width_a, b.data() + i * width_b);
  }
  if (sums.max_abs > max_abs_) {
    std::size_t i = 0;
    while (i + 1 < pair.count && std::abs(pair.difference[i]) != sums.max_abs) ++i;
    note_max(sums.max_abs, next_index_ + i);
  }
  const std::uint64_t changed_values = sums.unequal_count + not_finite_changed;
  if (is_one_dtype && model::row_of(dtype_a_).number_class == model::NumberClass::floating &&
      is_numeric && changed > changed_values)
    zero_sign_count_ += changed - changed_values;
  changed_count_ += changed;
  beyond_count_ += beyond;
  not_finite_count_ += sums.not_finite_count;
  sum_abs_ += sums.abs;
  sum_squares_ += sums.squares;
  sum_a_squares_ += sums.a_squares;
  sum_b_squares_ += sums.b_squares;
  sum_products_ += sums.products;
  max_relative_ = std::max(max_relative_, sums.max_relative);
}

void Comparer::add_complex(ByteView a, ByteView b) {
  const std::size_t width = width_of(dtype_a_);
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
  sum_squares_ += distance * distance;
  sum_a_squares_ += std::norm(left);
  sum_b_squares_ += std::norm(right);
  sum_products_ += left.real() * right.real() + left.imag() * right.imag();
  if (size_b > 0) max_relative_ = std::max(max_relative_, distance / size_b);
  if (distance > max_abs_) note_max(distance, next_index_);
}

void Comparer::note_first(std::uint64_t index, const std::byte* a, const std::byte* b) {
  ElementPair& pair = first_.emplace();
  pair.index = index;
  std::memcpy(pair.a.data(), a, width_of(dtype_a_));
  std::memcpy(pair.b.data(), b, width_of(dtype_b_));
}

void Comparer::note_max(double max_abs, std::uint64_t index) {
  max_abs_ = max_abs;
  max_abs_index_ = index;
}

void Comparer::merge(const Comparer& next) {
  element_count_ += next.element_count_;
  skipped_count_ += next.skipped_count_;
  changed_count_ += next.changed_count_;
  beyond_count_ += next.beyond_count_;
  zero_sign_count_ += next.zero_sign_count_;
  new_nan_count_ += next.new_nan_count_;
  new_inf_count_ += next.new_inf_count_;
  not_finite_count_ += next.not_finite_count_;
  sum_abs_ += next.sum_abs_;
  sum_squares_ += next.sum_squares_;
  sum_a_squares_ += next.sum_a_squares_;
  sum_b_squares_ += next.sum_b_squares_;
  sum_products_ += next.sum_products_;
  max_relative_ = std::max(max_relative_, next.max_relative_);
  if (next.max_abs_ > max_abs_) note_max(next.max_abs_, next.max_abs_index_);
  if (!first_) first_ = next.first_;
  next_index_ = next.next_index_;
}

Comparison Comparer::result() const {
  Comparison result{.element_count = element_count_,
                    .changed_count = changed_count_,
                    .beyond_count = beyond_count_,
                    .zero_sign_count = zero_sign_count_,
                    .new_nan_count = new_nan_count_,
                    .new_inf_count = new_inf_count_,
                    .is_numeric = is_real_number(dtype_a_) || is_complex(dtype_a_),
                    .first = first_};
  if (!result.is_numeric) return result;
  const auto finite_count = static_cast<double>(element_count_ - not_finite_count_);
  const double norm_a = std::sqrt(sum_a_squares_);
  const double norm_b = std::sqrt(sum_b_squares_);
  const double norm = std::sqrt(sum_squares_);
  result.max_abs = max_abs_;
  result.max_abs_index = max_abs_index_;
  result.mean_abs = finite_count > 0 ? sum_abs_ / finite_count : 0;
  result.max_relative = max_relative_;
  result.rms = finite_count > 0 ? std::sqrt(sum_squares_ / finite_count) : 0;
  result.relative_norm = norm == 0    ? 0
                         : norm_a > 0 ? norm / norm_a
                                      : std::numeric_limits<double>::infinity();
  result.cosine = norm_a > 0 && norm_b > 0 ? sum_products_ / (norm_a * norm_b)
                                           : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace ckpt::tensor
