// Loops over chunks of 512 elements. Each is compiled for several vector widths
// (vector_clones.hpp); sums run in a fixed number of lanes, so results do not depend on the width
// that is chosen.

#include "tensor/compare/chunks.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/float_formats.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

template <class Number>
[[gnu::always_inline]] inline void widen_numbers(const std::byte* elements, std::size_t count,
                                                 double* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = to_double(load<Number>(elements + i * sizeof(Number)));
}

template <FloatFormat format, class Code>
[[gnu::always_inline]] inline void widen_codes(const std::byte* elements, std::size_t count,
                                               double* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t code = load<Code>(elements + i * sizeof(Code));
    out[i] = static_cast<double>(widen<format>(code));
  }
}

/// a - b for integers, exact where the difference of two doubles would not be.
template <class Integer>
void subtract_integers(const std::byte* a, const std::byte* b, std::size_t count, double* out) {
  for (std::size_t i = 0; i < count; ++i) {
    const Integer left = load<Integer>(a + i * sizeof(Integer));
    const Integer right = load<Integer>(b + i * sizeof(Integer));
    const std::uint64_t distance =
        left > right ? static_cast<std::uint64_t>(left) - static_cast<std::uint64_t>(right)
                     : static_cast<std::uint64_t>(right) - static_cast<std::uint64_t>(left);
    out[i] = left > right ? static_cast<double>(distance) : -static_cast<double>(distance);
  }
}

/// Counts in lanes as wide as the elements, and adds the lanes up before they can overflow.
template <class Number>
[[gnu::always_inline]] inline std::uint64_t count_unequal_numbers(const std::byte* a,
                                                                  const std::byte* b,
                                                                  std::size_t count) {
  constexpr std::size_t vector_bytes = 32;
  constexpr std::size_t width = vector_bytes / sizeof(Number);
  constexpr std::size_t most_at_once = 255 * width;
  using Vector [[gnu::vector_size(vector_bytes)]] = Number;
  const std::size_t whole = count - count % width;
  std::uint64_t unequal = 0;
  for (std::size_t first = 0; first < whole; first += most_at_once) {
    Vector counts{};
    for (std::size_t i = first; i < std::min(whole, first + most_at_once); i += width) {
      Vector left, right;
      std::memcpy(&left, a + i * sizeof(Number), sizeof left);
      std::memcpy(&right, b + i * sizeof(Number), sizeof right);
      counts -= reinterpret_cast<Vector>(left != right);  // a comparison gives -1 for true
    }
    std::array<Number, width> lanes;
    std::memcpy(lanes.data(), &counts, sizeof counts);
    for (const Number lane : lanes) unequal += lane;
  }
  for (std::size_t i = whole; i < count; ++i)
    unequal +=
        load<Number>(a + i * sizeof(Number)) != load<Number>(b + i * sizeof(Number)) ? 1U : 0U;
  return unequal;
}

CKPT_VECTOR_CLONES std::uint64_t count_unequal_cloned(const std::byte* a, const std::byte* b,
                                                      std::size_t count, std::size_t width_bytes) {
  switch (width_bytes) {
    case 1:
      return count_unequal_numbers<std::uint8_t>(a, b, count);
    case 2:
      return count_unequal_numbers<std::uint16_t>(a, b, count);
    case 4:
      return count_unequal_numbers<std::uint32_t>(a, b, count);
    default:
      return count_unequal_numbers<std::uint64_t>(a, b, count);
  }
}

/// The bits of a sign-and-magnitude number as an integer that counts upwards from -Inf.
std::int64_t rank_of(std::uint64_t bits, std::uint64_t sign) {
  const auto magnitude = static_cast<std::int64_t>(bits & (sign - 1));
  return (bits & sign) != 0 ? -magnitude : magnitude;
}

std::uint64_t distance_between(std::int64_t a, std::int64_t b) {
  return a > b ? static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b)
               : static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a);
}

CKPT_VECTOR_CLONES void widen_vectorised(DType dtype, const std::byte* elements, std::size_t count,
                                         Chunk& chunk) {
  using Byte = std::uint8_t;
  using Half = std::uint16_t;
  double* out = chunk.data();
  switch (dtype) {
    case DType::float64:
      return widen_numbers<double>(elements, count, out);
    case DType::float32:
      return widen_numbers<float>(elements, count, out);
    case DType::float16:
      return widen_codes<float16_format, Half>(elements, count, out);
    case DType::bfloat16:
      return widen_codes<bfloat16_format, Half>(elements, count, out);
    case DType::float8_e5m2:
      return widen_codes<e5m2_format, Byte>(elements, count, out);
    case DType::float8_e4m3fn:
      return widen_codes<e4m3fn_format, Byte>(elements, count, out);
    case DType::float8_e5m2fnuz:
      return widen_codes<e5m2fnuz_format, Byte>(elements, count, out);
    case DType::float8_e4m3fnuz:
      return widen_codes<e4m3fnuz_format, Byte>(elements, count, out);
    case DType::float8_e8m0fnu:
      return widen_codes<e8m0_format, Byte>(elements, count, out);
    case DType::int64:
      return widen_numbers<std::int64_t>(elements, count, out);
    case DType::int32:
    case DType::qint32:
      return widen_numbers<std::int32_t>(elements, count, out);
    case DType::int16:
      return widen_numbers<std::int16_t>(elements, count, out);
    case DType::int8:
    case DType::qint8:
      return widen_numbers<std::int8_t>(elements, count, out);
    case DType::uint64:
      return widen_numbers<std::uint64_t>(elements, count, out);
    case DType::uint32:
      return widen_numbers<std::uint32_t>(elements, count, out);
    case DType::uint16:
      return widen_numbers<std::uint16_t>(elements, count, out);
    case DType::uint8:
    case DType::quint8:
      return widen_numbers<std::uint8_t>(elements, count, out);
    case DType::boolean:
      for (std::size_t i = 0; i < count; ++i) out[i] = elements[i] != std::byte{0} ? 1.0 : 0.0;
      return;
    default:
      throw std::logic_error("widen_elements of what is no real number");
  }
}

CKPT_VECTOR_CLONES ChunkSums sum_vectorised(const ChunkPair& pair, double absolute_tolerance,
                                            double relative_tolerance) {
  Doubles abs{}, squares{}, a_squares{}, b_squares{}, products{}, max_abs{}, max_relative{};
  Integers finite{}, unequal{}, beyond{};
  for (std::size_t i = 0; i < pair.count; i += lane_count) {
    Doubles a, b, distance, size_b, relative;
    std::memcpy(&a, pair.a.data() + i, sizeof a);
    std::memcpy(&b, pair.b.data() + i, sizeof b);
    std::memcpy(&distance, pair.difference.data() + i, sizeof distance);
    const Integers is_finite = (a - a) + (b - b) == 0;  // NaN unless both are finite
    take_masked(a, is_finite, a);
    take_masked(b, is_finite, b);
    take_masked(distance, is_finite, distance);
    take_sign(distance, distance);
    take_sign(b, size_b);
    take_masked(distance / size_b, size_b > 0, relative);
    abs += distance;
    squares += distance * distance;
    a_squares += a * a;
    b_squares += b * b;
    products += a * b;
    max_abs = distance > max_abs ? distance : max_abs;
    max_relative = relative > max_relative ? relative : max_relative;
    finite -= is_finite;  // a comparison gives -1 for true
    unequal -= distance > 0;
    beyond -= distance > absolute_tolerance + relative_tolerance * size_b;
  }
  const std::size_t padded_count = (pair.count + lane_count - 1) / lane_count * lane_count;
  return {.not_finite_count = padded_count - count_in(finite),
          .unequal_count = count_in(unequal),
          .beyond_count = count_in(beyond),
          .abs = sum_of(abs),
          .squares = sum_of(squares),
          .a_squares = sum_of(a_squares),
          .b_squares = sum_of(b_squares),
          .products = sum_of(products),
          .max_abs = max_of(max_abs),
          .max_relative = max_of(max_relative)};
}

CKPT_VECTOR_CLONES SquareSum sum_squares_vectorised(const Chunk& numbers, std::size_t count) {
  Doubles squares{};
  Integers finite{};
  for (std::size_t i = 0; i < count; i += lane_count) {
    Doubles number;
    std::memcpy(&number, numbers.data() + i, sizeof number);
    const Integers is_finite = (number - number) == 0;
    take_masked(number, is_finite, number);
    squares += number * number;
    finite -= is_finite;
  }
  const std::size_t padded_count = (count + lane_count - 1) / lane_count * lane_count;
  return {padded_count - count_in(finite), sum_of(squares)};
}

/// The difference between an integer and its nearest double; 0 for every other dtype.
class Remainder {
 public:
  explicit Remainder(DType dtype) : dtype_(dtype) {}

  double operator()(const std::byte* elements, std::size_t i, double number) const {
    if (dtype_ == DType::int64) return of(load<std::int64_t>(elements + 8 * i), number);
    if (dtype_ == DType::uint64) return of(load<std::uint64_t>(elements + 8 * i), number);
    return 0;
  }

 private:
  /// Computed with wrapping: 2^63 and 2^64 do not fit in the integer types, but the difference is
  /// always less than 2^11.
  template <class Integer>
  static double of(Integer integer, double number) {
    constexpr double wrap = 18446744073709551616.0;  // 2^64
    const double positive = number < 0 ? number + wrap : number;
    const std::uint64_t nearest = positive >= wrap ? 0 : static_cast<std::uint64_t>(positive);
    return static_cast<double>(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(integer) - nearest));
  }

  DType dtype_;
};

}  // namespace

bool is_real_number(DType dtype) {
  switch (model::row_of(dtype).number_class) {
    case model::NumberClass::floating:
      return dtype != DType::float4_e2m1fn_x2;
    case model::NumberClass::signed_integer:
    case model::NumberClass::unsigned_integer:
    case model::NumberClass::boolean:
      return true;
    case model::NumberClass::quantized:
      return model::row_of(dtype).elements_per_byte == 1;
    case model::NumberClass::complex:
    case model::NumberClass::bits:
      return false;
  }
  return false;
}

void widen_elements(DType dtype, const std::byte* elements, std::size_t count, Chunk& chunk) {
  widen_vectorised(dtype, elements, count, chunk);
}

ChunkSums sum_chunk(const ChunkPair& pair, double absolute_tolerance, double relative_tolerance) {
  return sum_vectorised(pair, absolute_tolerance, relative_tolerance);
}

SquareSum sum_squares(const Chunk& numbers, std::size_t count) {
  return sum_squares_vectorised(numbers, count);
}

std::uint64_t count_unequal(const std::byte* a, const std::byte* b, std::size_t count,
                            std::size_t width_bytes) {
  if (width_bytes <= 8) return count_unequal_cloned(a, b, count, width_bytes);
  std::uint64_t unequal = 0;
  for (std::size_t i = 0; i < count; ++i)
    unequal += std::memcmp(a + i * width_bytes, b + i * width_bytes, width_bytes) != 0 ? 1U : 0U;
  return unequal;
}

void subtract(DType a, DType b, const std::byte* elements_a, const std::byte* elements_b,
              ChunkPair& pair) {
  double* out = pair.difference.data();
  if (a == b && a == DType::int64)
    return subtract_integers<std::int64_t>(elements_a, elements_b, pair.count, out);
  if (a == b && a == DType::uint64)
    return subtract_integers<std::uint64_t>(elements_a, elements_b, pair.count, out);
  for (std::size_t i = 0; i < pair.count; ++i) out[i] = pair.a[i] - pair.b[i];
  if (a == b) return;
  // Add what the doubles lost of 64-bit integers, where that can matter.
  const Remainder lost_of_a(a);
  const Remainder lost_of_b(b);
  for (std::size_t i = 0; i < pair.count; ++i)
    out[i] += lost_of_a(elements_a, i, pair.a[i]) - lost_of_b(elements_b, i, pair.b[i]);
}

std::uint64_t ulp_distance(DType dtype, const std::byte* a, const std::byte* b) {
  const model::DTypeRow& row = model::row_of(dtype);
  const std::uint64_t bits_a = load_unsigned(row.size_bytes, a);
  const std::uint64_t bits_b = load_unsigned(row.size_bytes, b);
  const auto shift = static_cast<unsigned>(64 - 8 * row.size_bytes);
  switch (row.number_class) {
    case model::NumberClass::floating:
      break;
    case model::NumberClass::signed_integer:
      return distance_between(static_cast<std::int64_t>(bits_a << shift) >> shift,
                              static_cast<std::int64_t>(bits_b << shift) >> shift);
    default:
      return bits_a > bits_b ? bits_a - bits_b : bits_b - bits_a;
  }
  Chunk number_a{};
  Chunk number_b{};
  widen_elements(dtype, a, 1, number_a);
  widen_elements(dtype, b, 1, number_b);
  if (std::isnan(number_a[0]) || std::isnan(number_b[0]))
    return std::numeric_limits<std::uint64_t>::max();
  if (dtype == DType::float8_e8m0fnu) return bits_a > bits_b ? bits_a - bits_b : bits_b - bits_a;
  const std::uint64_t sign = std::uint64_t{1} << (8 * row.size_bytes - 1);
  return distance_between(rank_of(bits_a, sign), rank_of(bits_b, sign));
}

}  // namespace ckpt::tensor
