#include "tensor/statistics_kernels.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tensor/vector_clones.hpp"

namespace ckpt::tensor {

namespace {

// Sums in a fixed number of lanes: the compiler may not reorder a sum of doubles by itself. Vectors
// of 32 bytes, because gcc spills wider ones at each step where the machine has none.
using Doubles = double __attribute__((vector_size(32)));
constexpr std::size_t lane_count = 4;
constexpr std::size_t vector_count = 4;  // so that one addition need not wait for the other
constexpr std::size_t step_count = lane_count * vector_count;

struct Sums {
  Doubles of[vector_count] = {};
};

// Vectors are passed by reference: how they are passed by value depends on the clone.
[[gnu::always_inline]] inline void load_lanes(const float* numbers, Doubles& lanes) {
  using Floats = float __attribute__((vector_size(lane_count * sizeof(float))));
  Floats narrow;
  std::memcpy(&narrow, numbers, sizeof narrow);
  lanes = __builtin_convertvector(narrow, Doubles);
}

[[gnu::always_inline]] inline void load_lanes(const double* numbers, Doubles& lanes) {
  std::memcpy(&lanes, numbers, sizeof lanes);
}

[[gnu::always_inline]] inline double sum_of_lanes(const Sums& sums) {
  const Doubles lanes = (sums.of[0] + sums.of[1]) + (sums.of[2] + sums.of[3]);
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

template <class Number>
[[gnu::always_inline]] inline double compute_offset(const Number* numbers, std::size_t count,
                                                    double origin) {
  Sums sums;
  Doubles lanes;
  const std::size_t whole = count - count % step_count;
  for (std::size_t i = 0; i < whole; i += step_count) {
    for (std::size_t vector = 0; vector < vector_count; ++vector) {
      load_lanes(numbers + i + vector * lane_count, lanes);
      sums.of[vector] += lanes - origin;
    }
  }
  double sum = sum_of_lanes(sums);
  for (std::size_t i = whole; i < count; ++i) sum += static_cast<double>(numbers[i]) - origin;
  return sum / static_cast<double>(count);
}

template <class Number>
[[gnu::always_inline]] inline double compute_squares(const Number* numbers, std::size_t count,
                                                     double mean) {
  Sums sums;
  Doubles lanes;
  const std::size_t whole = count - count % step_count;
  for (std::size_t i = 0; i < whole; i += step_count) {
    for (std::size_t vector = 0; vector < vector_count; ++vector) {
      load_lanes(numbers + i + vector * lane_count, lanes);
      lanes -= mean;
      sums.of[vector] += lanes * lanes;
    }
  }
  double squares = sum_of_lanes(sums);
  for (std::size_t i = whole; i < count; ++i) {
    const double distance = static_cast<double>(numbers[i]) - mean;
    squares += distance * distance;
  }
  return squares;
}

template <class Number>
[[gnu::always_inline]] inline Moments compute_moments(const Number* numbers, std::size_t count,
                                                      double origin) {
  const double offset = compute_offset(numbers, count, origin);
  return {offset, compute_squares(numbers, count, origin + offset)};
}

template <class Float>
using BitsOf = std::conditional_t<sizeof(Float) == 4, std::int32_t, std::int64_t>;

/// The bits of a float as an integer of the same order, so that the compiler may take minima in any
/// order. An involution.
template <class Bits>
[[gnu::always_inline]] inline Bits in_order(Bits bits) {
  return bits ^ ((bits >> (8 * sizeof(Bits) - 1)) & std::numeric_limits<Bits>::max());
}

template <class Float>
[[gnu::always_inline]] inline Extent<Float> compute_float_extent(const Float* numbers,
                                                                 std::size_t count) {
  using Bits = BitsOf<Float>;
  Bits minimum = std::numeric_limits<Bits>::max();
  Bits maximum = std::numeric_limits<Bits>::min();
  Bits zeros = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Bits bits = std::bit_cast<Bits>(numbers[i]);
    const Bits ordered = in_order(bits);
    minimum = std::min(minimum, ordered);
    maximum = std::max(maximum, ordered);
    zeros += (bits & std::numeric_limits<Bits>::max()) == 0 ? 1 : 0;
  }
  // Inf and NaN lie at both ends of the order.
  const Bits infinity = std::bit_cast<Bits>(std::numeric_limits<Float>::infinity());
  const Bits negative_infinity =
      in_order(std::bit_cast<Bits>(-std::numeric_limits<Float>::infinity()));
  return {.minimum = std::bit_cast<Float>(in_order(minimum)),
          .maximum = std::bit_cast<Float>(in_order(maximum)),
          .zero_count = static_cast<std::size_t>(zeros),
          .is_finite = maximum < infinity && minimum > negative_infinity};
}

template <class Integer>
[[gnu::always_inline]] inline Extent<Integer> compute_integer_extent(const Integer* numbers,
                                                                     std::size_t count) {
  Extent<Integer> extent{numbers[0], numbers[0], 0, true};
  for (std::size_t i = 0; i < count; ++i) {
    extent.minimum = std::min(extent.minimum, numbers[i]);
    extent.maximum = std::max(extent.maximum, numbers[i]);
    extent.zero_count += numbers[i] == 0 ? 1U : 0U;
  }
  return extent;
}

// Overloads are not cloned alike by gcc and clang, so that each clone has its own name.
CKPT_VECTOR_CLONES Moments float_moments(const float* numbers, std::size_t count, double origin) {
  return compute_moments(numbers, count, origin);
}
CKPT_VECTOR_CLONES Moments double_moments(const double* numbers, std::size_t count, double origin) {
  return compute_moments(numbers, count, origin);
}
CKPT_VECTOR_CLONES Extent<float> float_extent(const float* numbers, std::size_t count) {
  return compute_float_extent(numbers, count);
}
CKPT_VECTOR_CLONES Extent<double> double_extent(const double* numbers, std::size_t count) {
  return compute_float_extent(numbers, count);
}
CKPT_VECTOR_CLONES Extent<std::int64_t> signed_extent(const std::int64_t* numbers,
                                                      std::size_t count) {
  return compute_integer_extent(numbers, count);
}
CKPT_VECTOR_CLONES Extent<std::uint64_t> unsigned_extent(const std::uint64_t* numbers,
                                                         std::size_t count) {
  return compute_integer_extent(numbers, count);
}

}  // namespace

Moments moments_of(std::span<const float> numbers, double origin) {
  return float_moments(numbers.data(), numbers.size(), origin);
}
Moments moments_of(std::span<const double> numbers, double origin) {
  return double_moments(numbers.data(), numbers.size(), origin);
}
Extent<float> extent_of(std::span<const float> numbers) {
  return float_extent(numbers.data(), numbers.size());
}
Extent<double> extent_of(std::span<const double> numbers) {
  return double_extent(numbers.data(), numbers.size());
}
Extent<std::int64_t> extent_of(std::span<const std::int64_t> numbers) {
  return signed_extent(numbers.data(), numbers.size());
}
Extent<std::uint64_t> extent_of(std::span<const std::uint64_t> numbers) {
  return unsigned_extent(numbers.data(), numbers.size());
}

}  // namespace ckpt::tensor
