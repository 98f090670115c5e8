#include "tensor/statistics_kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "tensor/native_number.hpp"
#include "tensor/vector_clones.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

// In a fixed number of lanes: the compiler may not reorder a sum, or minima, of floats by itself.
// Vectors of 32 bytes, because gcc spills wider ones at each step where the machine has none; they
// are passed by reference, because how they are passed by value depends on the clone.
constexpr std::size_t vector_bytes = 32;
using Doubles = double __attribute__((vector_size(vector_bytes)));
constexpr std::size_t double_count = vector_bytes / sizeof(double);
constexpr std::size_t step_count = 2 * double_count;  // so that one addition need not await another

[[gnu::always_inline]] inline void load_lanes(const std::byte* numbers, float, Doubles& lanes) {
  float narrow[double_count];
  std::memcpy(narrow, numbers, sizeof narrow);
  lanes = Doubles{narrow[0], narrow[1], narrow[2], narrow[3]};
}

[[gnu::always_inline]] inline void load_lanes(const std::byte* numbers, double, Doubles& lanes) {
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

  [[gnu::always_inline]] void add(const std::byte* numbers) {
    for (std::size_t i = 0; i < step_count; i += lane_count) {
      Lanes lanes;
      std::memcpy(&lanes, numbers + i * sizeof(Float), sizeof lanes);
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
[[gnu::always_inline]] inline FloatSummary<Float> compute_summary(const std::byte* numbers,
                                                                  std::size_t count,
                                                                  double origin) {
  ExtentLanes<Float> extent_lanes(load<Float>(numbers));
  SumLanes low_sums;
  SumLanes high_sums;
  Doubles lanes;
  const std::size_t whole = count - count % step_count;
  for (std::size_t i = 0; i < whole; i += step_count) {
    load_lanes(numbers + i * sizeof(Float), Float{}, lanes);
    low_sums.add(lanes - origin);
    load_lanes(numbers + (i + double_count) * sizeof(Float), Float{}, lanes);
    high_sums.add(lanes - origin);
    extent_lanes.add(numbers + i * sizeof(Float));
  }
  Sums sums{sum_of(low_sums.distances, high_sums.distances),
            sum_of(low_sums.squares, high_sums.squares)};
  Extent<Float> extent = extent_lanes.merged();
  for (std::size_t i = whole; i < count; ++i) {
    const Float number = load<Float>(numbers + i * sizeof(Float));
    sums.add(static_cast<double>(number) - origin);
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

/// `value` makes an integer of a byte. In 32 bits, which hold the squares of 2048 bytes.
template <class Value>
[[gnu::always_inline]] inline ByteSummary compute_bytes(const std::byte* elements,
                                                        std::size_t count, Value value) {
  std::int32_t minimum = value(elements[0]);
  std::int32_t maximum = minimum;
  std::int32_t zero_count = 0;
  std::int32_t sum = 0;
  std::int32_t squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t number = value(elements[i]);
    minimum = std::min(minimum, number);
    maximum = std::max(maximum, number);
    zero_count += number == 0 ? 1 : 0;
    sum += number;
    squares += number * number;
  }
  return {static_cast<double>(minimum), static_cast<double>(maximum),
          static_cast<std::size_t>(zero_count), static_cast<double>(sum),
          static_cast<double>(squares)};
}

CKPT_VECTOR_CLONES ByteSummary byte_summary(DType dtype, const std::byte* elements,
                                            std::size_t count) {
  switch (dtype) {
    case DType::boolean:
      return compute_bytes(elements, count,
                           [](std::byte b) -> std::int32_t { return b != std::byte{0} ? 1 : 0; });
    case DType::int8:
    case DType::qint8:
      return compute_bytes(elements, count,
                           [](std::byte b) -> std::int32_t { return static_cast<std::int8_t>(b); });
    default:
      return compute_bytes(elements, count, [](std::byte b) -> std::int32_t {
        return static_cast<std::uint8_t>(b);
      });
  }
}

// Overloads are not cloned alike by gcc and clang, so that each clone has its own name.
CKPT_VECTOR_CLONES FloatSummary<float> float_summary(const std::byte* numbers, std::size_t count,
                                                     double origin) {
  return compute_summary<float>(numbers, count, origin);
}
CKPT_VECTOR_CLONES FloatSummary<double> double_summary(const std::byte* numbers, std::size_t count,
                                                       double origin) {
  return compute_summary<double>(numbers, count, origin);
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

template <>
FloatSummary<float> summarize(ByteView numbers, double origin) {
  return float_summary(numbers.data(), numbers.size() / sizeof(float), origin);
}
template <>
FloatSummary<double> summarize(ByteView numbers, double origin) {
  return double_summary(numbers.data(), numbers.size() / sizeof(double), origin);
}

bool is_byte_integer(DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  return row.size_bytes == 1 && row.elements_per_byte == 1 &&
         row.number_class != model::NumberClass::floating &&
         row.number_class != model::NumberClass::bits;
}

ByteSummary summarize_bytes(DType dtype, ByteView elements) {
  return byte_summary(dtype, elements.data(), elements.size());
}
IntegerExtent<std::int64_t> extent_of(std::span<const std::int64_t> numbers) {
  return signed_extent(numbers.data(), numbers.size());
}
IntegerExtent<std::uint64_t> extent_of(std::span<const std::uint64_t> numbers) {
  return unsigned_extent(numbers.data(), numbers.size());
}

}  // namespace ckpt::tensor
