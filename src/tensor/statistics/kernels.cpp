// Sums and extremes of one chunk in a fixed number of lanes, so that every machine and every
// compiler adds in the same order and gets the same bits.

#include "tensor/statistics/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "tensor/lanes/sum_lanes.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

namespace {

// A fixed number of lanes, because a compiler may not reorder a sum or a minimum of floats by
// itself. Vectors have 32 bytes: gcc spills wider ones at each step on machines without them. They
// are passed by reference, because passing by value depends on the clone.
constexpr std::size_t vector_bytes = sizeof(Doubles);
constexpr std::size_t sum_count = 2 * lane_count;  // for two SumLanes

template <class Number>
[[gnu::always_inline]] inline void load_lanes(const std::byte* numbers, Number, Doubles& lanes) {
  Number narrow[lane_count];
  std::memcpy(narrow, numbers, sizeof narrow);
  lanes = Doubles{to_double(narrow[0]), to_double(narrow[1]), to_double(narrow[2]),
                  to_double(narrow[3])};
}

[[gnu::always_inline]] inline void load_lanes(const std::byte* numbers, double, Doubles& lanes) {
  std::memcpy(&lanes, numbers, sizeof lanes);
}

/// How many numbers are loaded per step: at least one whole vector.
template <class Number>
constexpr std::size_t step_of = std::max(sum_count, vector_bytes / sizeof(Number));

template <class Number>
struct Extent {
  Number minimum;
  Number maximum;
  std::size_t zero_count = 0;

  [[gnu::always_inline]] void add(Number number) {
    minimum = number < minimum ? number : minimum;
    maximum = number > maximum ? number : maximum;
    zero_count += number == 0 ? 1U : 0U;
  }
};

template <class Number>
class ExtentLanes {
 public:
  [[gnu::always_inline]] explicit ExtentLanes(Number first)
      : minimum_(first + Lanes{}), maximum_(first + Lanes{}) {}

  [[gnu::always_inline]] void add(const std::byte* numbers) {
    for (std::size_t i = 0; i < step_of<Number>; i += width) {
      Lanes lanes;
      std::memcpy(&lanes, numbers + i * sizeof(Number), sizeof lanes);
      minimum_ = lanes < minimum_ ? lanes : minimum_;
      maximum_ = lanes > maximum_ ? lanes : maximum_;
      zeros_ -= lanes == Lanes{};
    }
  }

  [[gnu::always_inline]] Extent<Number> merged() const {
    Extent<Number> merged{minimum_[0], maximum_[0]};
    for (std::size_t i = 0; i < width; ++i) {
      merged.minimum = std::min(merged.minimum, minimum_[i]);
      merged.maximum = std::max(merged.maximum, maximum_[i]);
      merged.zero_count += static_cast<std::size_t>(zeros_[i]);
    }
    return merged;
  }

 private:
  static constexpr std::size_t width = vector_bytes / sizeof(Number);
  using Lanes [[gnu::vector_size(vector_bytes)]] = Number;
  using Counts = decltype(Lanes{} == Lanes{});  // at most 2048 / 8 numbers per lane

  Lanes minimum_;
  Lanes maximum_;
  Counts zeros_ = {};
};

template <class Number>
[[gnu::always_inline]] inline NumberSummary<Number> compute_summary(const std::byte* numbers,
                                                                    std::size_t count,
                                                                    double origin) {
  ExtentLanes<Number> extent_lanes(load<Number>(numbers));
  SumLanes low_sums;
  SumLanes high_sums;
  Doubles lanes{};
  const std::size_t whole = count - count % step_of<Number>;
  for (std::size_t first = 0; first < whole; first += step_of<Number>) {
    for (std::size_t i = first; i < first + step_of<Number>; i += sum_count) {
      load_lanes(numbers + i * sizeof(Number), Number{}, lanes);
      low_sums.add(lanes - origin);
      load_lanes(numbers + (i + lane_count) * sizeof(Number), Number{}, lanes);
      high_sums.add(lanes - origin);
    }
    extent_lanes.add(numbers + first * sizeof(Number));
  }
  Sums sums = merged(low_sums, high_sums);
  Extent<Number> extent = extent_lanes.merged();
  for (std::size_t i = whole; i < count; ++i) {
    const Number number = load<Number>(numbers + i * sizeof(Number));
    sums.add(to_double(number) - origin);
    extent.add(number);
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

}  // namespace

// gcc and clang clone overloads differently, so each clone has its own name.
#define CKPT_SUMMARIZE(Number, name)                                                         \
  namespace {                                                                                \
  CKPT_VECTOR_CLONES NumberSummary<Number> name(const std::byte* numbers, std::size_t count, \
                                                double origin) {                             \
    return compute_summary<Number>(numbers, count, origin);                                  \
  }                                                                                          \
  }                                                                                          \
  template <>                                                                                \
  NumberSummary<Number> summarize(ByteView numbers, double origin) {                         \
    return name(numbers.data(), numbers.size() / sizeof(Number), origin);                    \
  }
CKPT_SUMMARIZE(float, summarize_float)
CKPT_SUMMARIZE(double, summarize_double)
CKPT_SUMMARIZE(std::int16_t, summarize_int16)
CKPT_SUMMARIZE(std::uint16_t, summarize_uint16)
CKPT_SUMMARIZE(std::int32_t, summarize_int32)
CKPT_SUMMARIZE(std::uint32_t, summarize_uint32)
CKPT_SUMMARIZE(std::int64_t, summarize_int64)
CKPT_SUMMARIZE(std::uint64_t, summarize_uint64)
#undef CKPT_SUMMARIZE

}  // namespace ckpt::tensor
