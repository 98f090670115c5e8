#include "tensor/statistics_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "tensor/vector_clones.hpp"

namespace ckpt::tensor {

namespace {

// In a fixed number of lanes: the compiler may not reorder a sum, or minima, of floats by itself.
// Vectors of 32 bytes, because gcc spills wider ones at each step where the machine has none; they
// are passed by reference, because how they are passed by value depends on the clone.
constexpr std::size_t vector_bytes = 32;
using Doubles = double __attribute__((vector_size(vector_bytes)));
constexpr std::size_t double_count = vector_bytes / sizeof(double);
constexpr std::size_t step_count = 2 * double_count;  // so that one addition need not await another

[[gnu::always_inline]] inline void load_lanes(const float* numbers, Doubles& lanes) {
  using Floats = float __attribute__((vector_size(vector_bytes / 2)));
  Floats narrow;
  std::memcpy(&narrow, numbers, sizeof narrow);
  lanes = __builtin_convertvector(narrow, Doubles);
}

[[gnu::always_inline]] inline void load_lanes(const double* numbers, Doubles& lanes) {
  std::memcpy(&lanes, numbers, sizeof lanes);
}

/// Of the distances of numbers from one of them all.
struct Sums {
  double distances = 0;
  double squares = 0;

  [[gnu::always_inline]] void add(double distance) {
    distances += distance;
    squares += distance * distance;
  }
};

struct SumLanes {
  Doubles distances = {};
  Doubles squares = {};

  [[gnu::always_inline]] void add(const Doubles& distance) {
    distances += distance;
    squares += distance * distance;
  }
};

[[gnu::always_inline]] inline double sum_of(const Doubles& low, const Doubles& high) {
  const Doubles lanes = low + high;
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

template <class Float>
struct Extent {
  Float minimum;
  Float maximum;
  std::size_t zero_count = 0;

  [[gnu::always_inline]] void add(Float number) {
    minimum = number < minimum ? number : minimum;
    maximum = number > maximum ? number : maximum;
    zero_count += number == 0 ? 1U : 0U;
  }
};

template <class Float>
class ExtentLanes {
 public:
  [[gnu::always_inline]] explicit ExtentLanes(Float first)
      : minimum_(first + Lanes{}), maximum_(first + Lanes{}) {}

  [[gnu::always_inline]] void add(const Float* numbers) {
    for (std::size_t i = 0; i < step_count; i += lane_count) {
      Lanes lanes;
      std::memcpy(&lanes, numbers + i, sizeof lanes);
      minimum_ = lanes < minimum_ ? lanes : minimum_;
      maximum_ = lanes > maximum_ ? lanes : maximum_;
      zeros_ -= lanes == Lanes{};
    }
  }

  [[gnu::always_inline]] Extent<Float> merged() const {
    Extent<Float> merged{minimum_[0], maximum_[0]};
    for (std::size_t i = 0; i < lane_count; ++i) {
      merged.minimum = std::min(merged.minimum, minimum_[i]);
      merged.maximum = std::max(merged.maximum, maximum_[i]);
      merged.zero_count += static_cast<std::size_t>(zeros_[i]);
    }
    return merged;
  }

 private:
  static constexpr std::size_t lane_count = vector_bytes / sizeof(Float);
  using Lanes [[gnu::vector_size(vector_bytes)]] = Float;
  using Count = std::conditional_t<sizeof(Float) == 4, std::int32_t, std::int64_t>;
  using Counts [[gnu::vector_size(vector_bytes)]] = Count;

  Lanes minimum_;
  Lanes maximum_;
  Counts zeros_ = {};
};

template <class Float>
[[gnu::always_inline]] inline FloatSummary<Float> compute_summary(const Float* numbers,
                                                                  std::size_t count,
                                                                  double origin) {
  ExtentLanes<Float> extent_lanes(numbers[0]);
  SumLanes low_sums;
  SumLanes high_sums;
  Doubles lanes;
  const std::size_t whole = count - count % step_count;
  for (std::size_t i = 0; i < whole; i += step_count) {
    load_lanes(numbers + i, lanes);
    low_sums.add(lanes - origin);
    load_lanes(numbers + i + double_count, lanes);
    high_sums.add(lanes - origin);
    extent_lanes.add(numbers + i);
  }
  Sums sums{sum_of(low_sums.distances, high_sums.distances),
            sum_of(low_sums.squares, high_sums.squares)};
  Extent<Float> extent = extent_lanes.merged();
  for (std::size_t i = whole; i < count; ++i) {
    sums.add(static_cast<double>(numbers[i]) - origin);
    extent.add(numbers[i]);
  }
  const double offset = sums.distances / static_cast<double>(count);
  const bool is_finite = std::isfinite(sums.squares);
  const double squares =
      is_finite ? std::max(sums.squares - offset * sums.distances, 0.0) : sums.squares;
  return {.is_finite = is_finite,
          .minimum = extent.minimum,
          .maximum = extent.maximum,
          .zero_count = extent.zero_count,
          .moments = {offset, squares}};
}

template <class Integer>
[[gnu::always_inline]] inline IntegerExtent<Integer> compute_extent(const Integer* numbers,
                                                                     std::size_t count) {
  IntegerExtent<Integer> extent{numbers[0], numbers[0]};
  for (std::size_t i = 0; i < count; ++i) {
    extent.minimum = std::min(extent.minimum, numbers[i]);
    extent.maximum = std::max(extent.maximum, numbers[i]);
    extent.zero_count += numbers[i] == 0 ? 1U : 0U;
  }
  return extent;
}

// Overloads are not cloned alike by gcc and clang, so that each clone has its own name.
CKPT_VECTOR_CLONES FloatSummary<float> float_summary(const float* numbers, std::size_t count,
                                                     double origin) {
  return compute_summary(numbers, count, origin);
}
CKPT_VECTOR_CLONES FloatSummary<double> double_summary(const double* numbers, std::size_t count,
                                                       double origin) {
  return compute_summary(numbers, count, origin);
}
CKPT_VECTOR_CLONES IntegerExtent<std::int64_t> signed_extent(const std::int64_t* numbers,
                                                      std::size_t count) {
  return compute_extent(numbers, count);
}
CKPT_VECTOR_CLONES IntegerExtent<std::uint64_t> unsigned_extent(const std::uint64_t* numbers,
                                                         std::size_t count) {
  return compute_extent(numbers, count);
}

}  // namespace

FloatSummary<float> summarize(std::span<const float> numbers, double origin) {
  return float_summary(numbers.data(), numbers.size(), origin);
}
FloatSummary<double> summarize(std::span<const double> numbers, double origin) {
  return double_summary(numbers.data(), numbers.size(), origin);
}
IntegerExtent<std::int64_t> extent_of(std::span<const std::int64_t> numbers) {
  return signed_extent(numbers.data(), numbers.size());
}
IntegerExtent<std::uint64_t> extent_of(std::span<const std::uint64_t> numbers) {
  return unsigned_extent(numbers.data(), numbers.size());
}

}  // namespace ckpt::tensor
