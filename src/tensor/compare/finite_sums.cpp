// Each pair adds to all sums at once: no branch depends on the data. The relative error needs no
// division per pair: it is computed only in a chunk that exceeds the largest one seen so far.

#include "tensor/compare/finite_sums.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "tensor/cast/number_chunks.hpp"
#include "tensor/compare/extreme_sums.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

namespace {

using model::DType;

struct VectorSums {
  ChunkSums sums;
  bool has_larger_relative = false;
};

template <class Number>
[[gnu::always_inline]] inline void load_vector(const std::byte* elements, Doubles& numbers) {
  if constexpr (sizeof(Number) == sizeof(double)) {
    std::memcpy(&numbers, elements, sizeof numbers);
  } else {
    float narrow[lane_count];
    std::memcpy(narrow, elements, sizeof narrow);
    numbers = Doubles{narrow[0], narrow[1], narrow[2], narrow[3]};
  }
}

/// A quotient as a sum of two numbers with so few bits that the product of each with a float32 is
/// exact.
struct Quotient {
  double high = 0;
  double low = 0;
};

/// The limits against which a pair is checked.
struct Bounds {
  double absolute = 0;
  double relative = 0;
  Quotient largest_relative;
};

enum class Beyond : bool { ignored, counted };

/// `count` must be a multiple of `lane_count`.
template <class Number, Beyond beyond>
[[gnu::always_inline]] inline VectorSums sum_pairs(const std::byte* a, const std::byte* b,
                                                   std::size_t count, const Bounds& bounds) {
  Doubles abs{}, squares{}, a_squares{}, b_squares{}, products{}, max_abs{};
  Integers unequal{}, is_larger{}, is_beyond{};
  for (std::size_t i = 0; i < count; i += lane_count) {
    Doubles left, right, distance, size_b;
    load_vector<Number>(a + i * sizeof(Number), left);
    load_vector<Number>(b + i * sizeof(Number), right);
    const Doubles difference = left - right;
    take_sign(difference, distance);
    take_sign(right, size_b);
    abs += distance;
    squares += difference * difference;
    a_squares += left * left;
    b_squares += right * right;
    products += left * right;
    max_abs = distance > max_abs ? distance : max_abs;
    unequal -= difference != 0;  // a comparison gives -1 for true
    const Doubles rest = distance - bounds.largest_relative.high * size_b;
    is_larger |= (rest > bounds.largest_relative.low * size_b) & (right != 0);
    if constexpr (beyond == Beyond::counted)
      is_beyond -= distance > bounds.absolute + bounds.relative * size_b;
  }
  VectorSums result{.sums = {.unequal_count = count_in(unequal),
                             .beyond_count = count_in(is_beyond),
                             .abs = sum_of(abs),
                             .squares = sum_of(squares),
                             .a_squares = sum_of(a_squares),
                             .b_squares = sum_of(b_squares),
                             .products = sum_of(products),
                             .max_abs = max_of(max_abs)}};
  for (std::size_t i = 0; i < lane_count; ++i) result.has_larger_relative |= is_larger[i] != 0;
  return result;
}

CKPT_VECTOR_CLONES VectorSums sum_floats(const std::byte* a, const std::byte* b, std::size_t count,
                                         const Bounds& bounds, Beyond beyond) {
  if (beyond == Beyond::ignored) return sum_pairs<float, Beyond::ignored>(a, b, count, bounds);
  return sum_pairs<float, Beyond::counted>(a, b, count, bounds);
}

CKPT_VECTOR_CLONES VectorSums sum_doubles(const std::byte* a, const std::byte* b, std::size_t count,
                                          const Bounds& bounds, Beyond beyond) {
  if (beyond == Beyond::ignored) return sum_pairs<double, Beyond::ignored>(a, b, count, bounds);
  return sum_pairs<double, Beyond::counted>(a, b, count, bounds);
}

template <class Number>
double largest_relative(const std::byte* a, const std::byte* b, std::size_t count) {
  double largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double left = load<Number>(a + i * sizeof(Number));
    const double right = load<Number>(b + i * sizeof(Number));
    if (right != 0) largest = std::max(largest, std::abs(left - right) / std::abs(right));
  }
  return largest;
}

template <class Number>
using Numbers = std::array<Number, chunk_elements>;

void load_numbers(const Elements& elements, std::size_t count, Numbers<float>& out) {
  load_chunk(elements.dtype, elements.bytes.data(), std::span(out).first(count));
}

void load_numbers(const Elements& elements, std::size_t count, Numbers<double>& out) {
  widen_elements(elements.dtype, elements.bytes.data(), count, out);
}

/// The elements as numbers, with zeros up to whole vectors: in `space`, or in place when nothing
/// has to be converted.
template <class Number>
const std::byte* find_numbers(const Elements& elements, std::size_t count, Numbers<Number>& space) {
  constexpr DType native = sizeof(Number) == sizeof(float) ? DType::float32 : DType::float64;
  if (elements.dtype == native && count % lane_count == 0) return elements.bytes.data();
  load_numbers(elements, count, space);
  while (count % lane_count != 0) space[count++] = 0;
  return std::as_bytes(std::span(space)).data();
}

/// The bound that a pair must exceed to have a quotient larger than `seen` after rounding to
/// double. For float32 it lies between `seen` and the next double, where no quotient can lie;
/// numbers with few bits give the same largest quotient in every chunk. For doubles the product
/// with the bound is rounded, which must not hide a quotient that is larger in its last bit.
template <class Number>
Quotient beyond_seen(double seen) {
  if (sizeof(Number) == sizeof(double) || seen == 0) return {.high = std::nextafter(seen, 0)};
  constexpr std::uint64_t low_bits = (std::uint64_t{1} << 24) - 1;
  const double high = std::bit_cast<double>(std::bit_cast<std::uint64_t>(seen) & ~low_bits);
  const double last_bit = std::nextafter(seen, std::numeric_limits<double>::infinity()) - seen;
  return {.high = high, .low = (seen - high) + last_bit / 2};
}

template <class Number>
std::optional<ChunkSums> find_sums(const Elements& elements_a, const Elements& elements_b,
                                   const Tolerance& tolerance, double max_relative_seen) {
  const std::size_t count = elements_a.bytes.size() / model::row_of(elements_a.dtype).size_bytes;
  const std::size_t padded_count = (count + lane_count - 1) / lane_count * lane_count;
  alignas(64) Numbers<Number> space_a;
  alignas(64) Numbers<Number> space_b;
  const std::byte* a = find_numbers(elements_a, count, space_a);
  const std::byte* b = find_numbers(elements_b, count, space_b);
  const Bounds bounds{.absolute = tolerance.absolute,
                      .relative = tolerance.relative,
                      .largest_relative = beyond_seen<Number>(max_relative_seen)};
  const Beyond beyond = tolerance.is_exact() ? Beyond::ignored : Beyond::counted;
  VectorSums found = sizeof(Number) == sizeof(float)
                         ? sum_floats(a, b, padded_count, bounds, beyond)
                         : sum_doubles(a, b, padded_count, bounds, beyond);
  if (!std::isfinite(found.sums.a_squares + found.sums.b_squares)) return std::nullopt;
  if (found.has_larger_relative) found.sums.max_relative = largest_relative<Number>(a, b, count);
  return found.sums;
}

bool is_of_64_bits(ChunkType type) {
  return type == ChunkType::signed64 || type == ChunkType::unsigned64;
}

bool has_numbers(ChunkType type) { return type != ChunkType::complex && type != ChunkType::none; }

/// Whether no number lost bits as a double: the sums of squares show that all are below 2^53.
bool are_small(const ChunkSums& sums) {
  return sums.a_squares < 0x1p106 && sums.b_squares < 0x1p106;
}

}  // namespace

std::optional<ChunkSums> find_finite_sums(const Elements& a, const Elements& b,
                                          const Tolerance& tolerance, double max_relative_seen) {
  const ChunkType type_a = chunk_type(a.dtype);
  const ChunkType type_b = chunk_type(b.dtype);
  if (type_a == ChunkType::float32 && type_b == ChunkType::float32)
    return find_sums<float>(a, b, tolerance, max_relative_seen);
  if (!has_numbers(type_a) || !has_numbers(type_b)) return std::nullopt;
  std::optional<ChunkSums> sums = find_sums<double>(a, b, tolerance, max_relative_seen);
  const bool is_wide = type_a == ChunkType::float64 || type_b == ChunkType::float64;
  if (sums && is_wide && has_extremes(*sums)) return std::nullopt;
  if (sums && (is_of_64_bits(type_a) || is_of_64_bits(type_b)) && !are_small(*sums)) sums.reset();
  return sums;
}

}  // namespace ckpt::tensor
