// The fast path per chunk: equal bytes are skipped; finite numbers go through find_finite_sums().
// Only chunks with NaN, Inf or extreme numbers are examined element by element (Judge).

#include "ckpt/tensor/compare.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "tensor/compare/chunks.hpp"
#include "tensor/compare/extreme_sums.hpp"
#include "tensor/compare/finite_sums.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

std::size_t width_of(DType dtype) { return model::row_of(dtype).size_bytes; }

bool is_complex(DType dtype) {
  return model::row_of(dtype).number_class == model::NumberClass::complex;
}

/// NaNs of different dtypes count as equal: their bits cannot be compared.
bool is_same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Examines the elements of a chunk one by one, for the rare cases that the vector loops leave
/// open.
struct Judge {
  DType dtype_a;
  DType dtype_b;
  const Tolerance& tolerance;
  const std::byte* a;
  const std::byte* b;
  const ChunkPair& pair;

  bool is_finite(std::size_t i) const {
    return std::isfinite(pair.a[i]) && std::isfinite(pair.b[i]);
  }

  bool is_changed(std::size_t i) const {
    const std::size_t width = width_of(dtype_a);
    return dtype_a == dtype_b ? std::memcmp(a + i * width, b + i * width, width) != 0
                              : !is_same_number(pair.a[i], pair.b[i]) || pair.difference[i] > 0 ||
                                    pair.difference[i] < 0;
  }

  bool is_beyond(std::size_t i) const {
    if (!is_changed(i)) return false;
    if (tolerance.is_exact() || !is_finite(i)) return true;
    const double bound = tolerance.absolute + tolerance.relative * std::abs(pair.b[i]);
    if (std::abs(pair.difference[i]) <= bound) return false;
    const std::size_t width = width_of(dtype_a);
    return tolerance.ulp == 0 || dtype_a != dtype_b ||
           ulp_distance(dtype_a, a + i * width, b + i * width) > tolerance.ulp;
  }

  std::uint64_t count_beyond() const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < pair.count; ++i) count += is_beyond(i) ? 1U : 0U;
    return count;
  }

  std::size_t first_beyond() const {
    std::size_t i = 0;
    while (i + 1 < pair.count && !is_beyond(i)) ++i;
    return i;
  }
};

std::size_t index_of_distance(const ChunkPair& pair, double distance) {
  std::size_t i = 0;
  while (i + 1 < pair.count && std::abs(pair.difference[i]) != distance) ++i;
  return i;
}

/// Over the finite numbers; the elements behind them are zeros.
WideSum sum_extreme_squares(const Chunk& numbers, std::size_t count) {
  PairSums sums;
  for (std::size_t i = 0; i < count; ++i)
    if (std::isfinite(numbers[i])) add_extremes(sums, numbers[i], 0, 0);
  return sums.a_squares;
}

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
    add_chunk(a.subspan(first * width_a, size * width_a),
              b.subspan(first * width_b, size * width_b));
    element_count_ += size;
    next_index_ += size;
  }
}

void Comparer::add_chunk(ByteView a, ByteView b) {
  const std::size_t width = width_of(dtype_a_);
  const bool is_one_dtype = dtype_a_ == dtype_b_;
  const std::uint64_t changed_bits =
      is_one_dtype ? count_unequal(a.data(), b.data(), a.size() / width, width) : 0;
  if (is_one_dtype && changed_bits == 0) return add_equal(a);
  if (is_complex(dtype_a_)) return add_complex(a, b);
  if (!is_real_number(dtype_a_)) return add_bits(a, b, changed_bits);
  if (add_finite(a, b, changed_bits)) return;
  add_numbers(a, b, changed_bits);
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
    WideSum squares;
    squares.add(sum.squares);
    if (dtype_a_ == DType::float64 && is_extreme(sum.squares))
      squares = sum_extreme_squares(numbers, size);
    sums_.add({.squares = {}, .a_squares = squares, .b_squares = squares, .products = squares});
  }
}

void Comparer::add_bits(ByteView a, ByteView b, std::uint64_t changed_count) {
  if (!first_) note_first_change(a, b);
  changed_count_ += changed_count;
  beyond_count_ += changed_count;
}

bool Comparer::add_finite(ByteView a, ByteView b, std::uint64_t changed_bits) {
  const std::optional<ChunkSums> sums =
      find_finite_sums({dtype_a_, a}, {dtype_b_, b}, tolerance_, max_relative_);
  if (!sums) return false;
  const bool is_one_dtype = dtype_a_ == dtype_b_;
  const std::uint64_t changed = is_one_dtype ? changed_bits : sums->unequal_count;
  const std::uint64_t beyond = tolerance_.is_exact() ? changed : sums->beyond_count;
  const bool are_bits_enough = is_one_dtype && tolerance_.is_exact();
  if (beyond > 0 && !first_ && are_bits_enough) note_first_change(a, b);
  // Which pair is the first, and which pairs are within the ulp tolerance, needs a look at each
  // pair.
  if (beyond > 0 && (!first_ || tolerance_.ulp > 0)) return false;
  changed_count_ += changed;
  beyond_count_ += beyond;
  if (sums->max_abs > max_abs_) {
    ChunkPair pair;
    fill(pair, a, b);
    note_max(sums->max_abs, next_index_ + index_of_distance(pair, sums->max_abs));
  }
  if (is_one_dtype) note_zero_signs(changed, sums->unequal_count);
  add_sums(*sums, nullptr);
  return true;
}

void Comparer::add_numbers(ByteView a, ByteView b, std::uint64_t changed_bits) {
  ChunkPair pair;
  fill(pair, a, b);
  pad(pair);
  const ChunkSums sums = sum_chunk(pair, tolerance_.absolute, tolerance_.relative);
  const Judge judge{dtype_a_, dtype_b_, tolerance_, a.data(), b.data(), pair};
  std::uint64_t not_finite_changed = 0;
  if (sums.not_finite_count > 0) {
    for (std::size_t i = 0; i < pair.count; ++i) {
      if (judge.is_finite(i)) continue;
      new_nan_count_ += std::isnan(pair.b[i]) && !std::isnan(pair.a[i]) ? 1U : 0U;
      new_inf_count_ += std::isinf(pair.b[i]) && !std::isinf(pair.a[i]) ? 1U : 0U;
      not_finite_changed += judge.is_changed(i) ? 1U : 0U;
    }
  }
  const std::uint64_t changed_values = sums.unequal_count + not_finite_changed;
  const std::uint64_t changed = dtype_a_ == dtype_b_ ? changed_bits : changed_values;
  std::uint64_t beyond = tolerance_.is_exact() ? changed : sums.beyond_count + not_finite_changed;
  if (beyond > 0 && tolerance_.ulp > 0) beyond = judge.count_beyond();
  if (beyond > 0 && !first_) {
    const std::size_t i = judge.first_beyond();
    note_first(next_index_ + i, a.data() + i * width_of(dtype_a_),
               b.data() + i * width_of(dtype_b_));
  }
  if (sums.max_abs > max_abs_)
    note_max(sums.max_abs, next_index_ + index_of_distance(pair, sums.max_abs));
  changed_count_ += changed;
  beyond_count_ += beyond;
  if (dtype_a_ == dtype_b_) note_zero_signs(changed, changed_values);
  add_sums(sums, &pair);
}

void Comparer::fill(ChunkPair& pair, ByteView a, ByteView b) const {
  pair.count = a.size() / width_of(dtype_a_);
  widen_elements(dtype_a_, a.data(), pair.count, pair.a);
  widen_elements(dtype_b_, b.data(), pair.count, pair.b);
  subtract(dtype_a_, dtype_b_, a.data(), b.data(), pair);
}

/// Adds the sums of a chunk. `pair` (nullptr: not needed) holds its numbers, from which extreme
/// sums are computed again.
void Comparer::add_sums(const ChunkSums& sums, const ChunkPair* pair) {
  not_finite_count_ += sums.not_finite_count;
  sum_abs_ += sums.abs;
  max_relative_ = std::max(max_relative_, sums.max_relative);
  const bool is_wide = dtype_a_ == DType::float64 || dtype_b_ == DType::float64;
  if (pair != nullptr && is_wide && has_extremes(sums)) return add_extremes(sums_, *pair);
  sums_.squares.add(sums.squares);
  sums_.a_squares.add(sums.a_squares);
  sums_.b_squares.add(sums.b_squares);
  sums_.products.add(sums.products);
}

void Comparer::note_zero_signs(std::uint64_t changed_bits, std::uint64_t changed_values) {
  if (model::row_of(dtype_a_).number_class == model::NumberClass::floating)
    zero_sign_count_ += changed_bits - changed_values;
}

void Comparer::note_first_change(ByteView a, ByteView b) {
  const std::size_t width = width_of(dtype_a_);
  std::size_t i = 0;
  while (std::memcmp(a.data() + i * width, b.data() + i * width, width) == 0) ++i;
  note_first(next_index_ + i, a.data() + i * width, b.data() + i * width);
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
  sums_.add(next.sums_);
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
  const auto& [squares, a_squares, b_squares, products] = sums_;
  result.max_abs = max_abs_;
  result.max_abs_index = max_abs_index_;
  result.mean_abs = finite_count > 0 ? sum_abs_ / finite_count : 0;
  result.max_relative = max_relative_;
  result.rms = finite_count > 0 ? root_of_mean(squares, finite_count) : 0;
  result.relative_norm = squares.value == 0    ? 0
                         : a_squares.value > 0 ? ratio_of_roots(squares, a_squares)
                                               : std::numeric_limits<double>::infinity();
  result.cosine = a_squares.value > 0 && b_squares.value > 0
                      ? cosine_of(products, a_squares, b_squares)
                      : std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace ckpt::tensor
