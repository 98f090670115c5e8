// Adds chunks by dtype: bytes and 8/16 bit codes have loops of their own, other numbers go through
// kernels.cpp. Moments of chunks are merged by the parallel formula of Chan et al.

#include "tensor/statistics/state.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>
#include <utility>

#include "ckpt/tensor/elements.hpp"
#include "tensor/cast/number_chunks.hpp"
#include "tensor/read/native_number.hpp"
#include "tensor/statistics/byte_statistics.hpp"
#include "tensor/statistics/code_statistics.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

constexpr std::size_t chunk_elements = 2048;  // 16 KiB of doubles: half of the first-level cache

/// Whether the numbers lie close together, compared with their distance from the origin.
bool is_far(const Moments& moments, std::size_t count) {
  const double variance = moments.squares_around_mean / static_cast<double>(count);
  return moments.mean_offset * moments.mean_offset > variance && std::isfinite(moments.mean_offset);
}

/// For finite doubles whose squares overflow: around their mean, the squares may be finite. Sums
/// parts of the mean, starting from the first number, so that equal numbers have exactly themselves
/// as mean.
Moments moments_of_large(ByteView numbers, double origin) {
  const std::size_t count = numbers.size() / sizeof(double);
  const auto share = [&](double number) { return number / static_cast<double>(count); };
  const double first = load<double>(numbers.data());
  double mean = first;
  for (std::size_t i = 0; i < count; ++i)
    mean += share(load<double>(numbers.data() + i * sizeof(double))) - share(first);
  double squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double distance = load<double>(numbers.data() + i * sizeof(double)) - mean;
    squares += distance * distance;
  }
  return {mean - origin, squares};
}

}  // namespace

/// `moments` are those of the finite numbers around the origin; the first chunk chooses the origin.
template <class Summarize>
void StatisticsAccumulator::State::add_numbers(std::size_t count, Moments moments,
                                               Summarize summarize_around) {
  if (is_far(moments, count)) {
    const double nearer = origin + moments.mean_offset;
    moments = summarize_around(nearer).moments;
    if (summed_count == 0) origin = nearer;
    moments.mean_offset += nearer - origin;
  }
  add_moments(count, moments);
}

void StatisticsAccumulator::State::add_moments(std::uint64_t count, const Moments& added) {
  const auto old_count = static_cast<double>(summed_count);
  const auto new_count = static_cast<double>(count);
  if (summed_count == 0) {  // the distance to a mean that does not exist could overflow when
                            // squared
    mean_offset = added.mean_offset;
    squares_around_mean = added.squares_around_mean;
    summed_count = count;
    return;
  }
  const double distance = added.mean_offset - mean_offset;
  const double new_share = new_count / (old_count + new_count);
  mean_offset = std::isfinite(distance)
                    ? mean_offset + distance * new_share
                    : mean_offset * (1 - new_share) + added.mean_offset * new_share;
  squares_around_mean += added.squares_around_mean +
                         distance * distance * (old_count * new_count / (old_count + new_count));
  summed_count += count;
}

void StatisticsAccumulator::State::add_extremes(const RealNumber& minimum,
                                                const RealNumber& maximum) {
  counts.minimum = counts.minimum ? std::min(*counts.minimum, minimum) : minimum;
  counts.maximum = counts.maximum ? std::max(*counts.maximum, maximum) : maximum;
}

/// The number as decode() would return it.
template <class Number>
RealNumber StatisticsAccumulator::State::extreme_of(Number number) const {
  if constexpr (std::is_floating_point_v<Number>) {
    return static_cast<double>(number) + 0.0;  // turns -0 into 0
  } else {
    if (dtype == DType::boolean) return number != 0;
    if (has_signed_integers(dtype)) return static_cast<std::int64_t>(number);
    return static_cast<std::uint64_t>(number);
  }
}

/// Counts numbers that are not finite, copies the finite ones to `kept`, and returns how many.
template <class Float>
std::size_t StatisticsAccumulator::State::keep_finite(ByteView numbers, std::span<Float> kept) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < numbers.size(); at += sizeof(Float)) {
    const Float number = load<Float>(numbers.data() + at);
    if (std::isfinite(number)) {
      kept[count++] = number;
    } else if (std::isnan(number)) {
      ++counts.nan_count;
    } else {
      ++(number > 0 ? counts.positive_infinity_count : counts.negative_infinity_count);
    }
  }
  return count;
}

/// `summarize_around` computes the summary with another origin.
template <class Number, class Summarize>
void StatisticsAccumulator::State::add_finite(std::size_t count,
                                              const NumberSummary<Number>& summary,
                                              Summarize summarize_around) {
  counts.zero_count += summary.zero_count;
  add_extremes(extreme_of(summary.minimum), extreme_of(summary.maximum));
  add_numbers(count, summary.moments, summarize_around);
}

template <class Float>
void StatisticsAccumulator::State::add_floats(ByteView numbers) {
  const auto summarize_around = [&](double near) { return summarize<Float>(numbers, near); };
  NumberSummary<Float> summary = summarize_around(origin);
  std::array<Float, chunk_elements> kept;
  if (!summary.is_finite) {
    numbers = std::as_bytes(std::span(kept).first(keep_finite<Float>(numbers, kept)));
    if (numbers.empty()) return;
    summary = summarize_around(origin);
    if constexpr (std::is_same_v<Float, double>)
      if (!summary.is_finite) summary.moments = moments_of_large(numbers, origin);
  }
  add_finite(numbers.size() / sizeof(Float), summary, summarize_around);
}

/// The last few codes, and chunks with Inf or NaN, are widened.
void StatisticsAccumulator::State::add_codes(ByteView codes) {
  const std::size_t whole = codes.size() - codes.size() % code_step_bytes;
  const auto summarize_around = [&](double near) {
    return summarize_codes(dtype, codes.first(whole), near);
  };
  if (whole > 0) {
    const NumberSummary<float> summary = summarize_around(origin);
    if (summary.is_finite) {
      add_finite(whole / model::row_of(dtype).size_bytes, summary, summarize_around);
      codes = codes.subspan(whole);
    }
  }
  if (!codes.empty()) add_widened(codes);
}

template <class Integer>
void StatisticsAccumulator::State::add_integers(ByteView numbers) {
  const auto summarize_around = [&](double near) { return summarize<Integer>(numbers, near); };
  add_finite(numbers.size() / sizeof(Integer), summarize_around(origin), summarize_around);
}

void StatisticsAccumulator::State::add_bytes(ByteView elements) {
  const ByteSummary summary = summarize_bytes(dtype, elements);
  counts.zero_count += summary.zero_count;
  add_extremes(extreme_of(summary.minimum), extreme_of(summary.maximum));
  const auto count = static_cast<double>(elements.size());
  const auto sum = static_cast<double>(summary.sum);
  const double mean = sum / count;
  add_moments(elements.size(), {mean, static_cast<double>(summary.squares) - mean * sum});
}

void StatisticsAccumulator::State::note_repeated(ByteView elements) {
  if (!is_repeated) return;
  if (counts.element_count == 0) std::ranges::copy(elements.first(first.size()), first.begin());
  // All elements are equal when the bytes equal themselves shifted by one element.
  is_repeated = std::ranges::equal(elements.first(first.size()), first) &&
                std::ranges::equal(elements.subspan(first.size()),
                                   elements.first(elements.size() - first.size()));
}

void StatisticsAccumulator::State::add_complex(ByteView elements) {
  const std::size_t width = model::row_of(dtype).size_bytes;
  note_repeated(elements);
  double squares = 0;
  std::uint64_t finite_count = 0;
  for (std::size_t at = 0; at < elements.size(); at += width) {
    const auto number = std::get<std::complex<double>>(decode(dtype, elements.subspan(at, width)));
    const double square = std::norm(number);
    if (std::isnan(number.real()) || std::isnan(number.imag())) {
      ++counts.nan_count;
    } else if (std::isinf(number.real()) || std::isinf(number.imag())) {
      ++counts.positive_infinity_count;
    } else {
      counts.zero_count += number == 0.0 ? 1U : 0U;
      squares += square;
      ++finite_count;
    }
  }
  // Around a mean of 0, the sum of squares is that of the norm.
  if (finite_count > 0) add_moments(finite_count, {0, squares});
}

void StatisticsAccumulator::State::add(ByteView elements) {
  const std::size_t width = model::row_of(dtype).size_bytes;
  const std::size_t total = elements.size() / width;
  for (std::size_t at = 0; at < total; at += chunk_elements) {
    const std::size_t count = std::min(chunk_elements, total - at);
    add_chunk(elements.subspan(at * width, count * width));
    counts.element_count += count;
  }
}

void StatisticsAccumulator::State::add_chunk(ByteView elements) {
  switch (dtype) {
    case DType::float32:
      return add_floats<float>(elements);
    case DType::float64:
      return add_floats<double>(elements);
    case DType::int16:
      return add_integers<std::int16_t>(elements);
    case DType::uint16:
      return add_integers<std::uint16_t>(elements);
    case DType::int32:
    case DType::qint32:
      return add_integers<std::int32_t>(elements);
    case DType::uint32:
      return add_integers<std::uint32_t>(elements);
    case DType::int64:
      return add_integers<std::int64_t>(elements);
    case DType::uint64:
      return add_integers<std::uint64_t>(elements);
    default:
      break;
  }
  if (has_code_summary(dtype)) return add_codes(elements);
  if (is_byte_integer(dtype)) return add_bytes(elements);
  if (chunk_type(dtype) == ChunkType::complex) return add_complex(elements);
  add_widened(elements);
}

void StatisticsAccumulator::State::add_widened(ByteView elements) {
  std::array<float, chunk_elements> numbers;
  const auto filled = std::span(numbers).first(elements.size() / model::row_of(dtype).size_bytes);
  load_chunk(dtype, elements.data(), filled);
  add_floats<float>(std::as_bytes(filled));
}

void StatisticsAccumulator::State::merge(const State& other) {
  if (other.counts.element_count == 0) return;
  is_repeated =
      is_repeated && other.is_repeated && (counts.element_count == 0 || first == other.first);
  if (counts.element_count == 0) first = other.first;
  if (summed_count == 0) origin = other.origin;
  if (other.summed_count > 0)
    add_moments(other.summed_count,
                {other.mean_offset + (other.origin - origin), other.squares_around_mean});
  if (other.counts.minimum) add_extremes(*other.counts.minimum, *other.counts.maximum);
  counts.element_count += other.counts.element_count;
  counts.nan_count += other.counts.nan_count;
  counts.positive_infinity_count += other.counts.positive_infinity_count;
  counts.negative_infinity_count += other.counts.negative_infinity_count;
  counts.zero_count += other.counts.zero_count;
}

Statistics StatisticsAccumulator::State::result() const {
  Statistics result = counts;
  const auto count = static_cast<double>(summed_count);
  const double mean = origin + mean_offset;
  result.l2_norm = std::sqrt(squares_around_mean + count * mean * mean);
  const std::uint64_t all = counts.element_count;
  if (chunk_type(dtype) == ChunkType::complex) {
    result.is_constant = all > 0 && (is_repeated || counts.zero_count == all);
    return result;
  }
  result.is_constant =
      all > 0 && (counts.nan_count == all || counts.positive_infinity_count == all ||
                  counts.negative_infinity_count == all ||
                  (summed_count == all && counts.minimum == counts.maximum));
  if (summed_count == 0) return result;
  result.mean = mean;
  result.standard_deviation = std::sqrt(squares_around_mean / count);
  return result;
}

}  // namespace ckpt::tensor
