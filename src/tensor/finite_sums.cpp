#include "tensor/finite_sums.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include "tensor/native_number.hpp"
#include "tensor/vector_clones.hpp"

namespace ckpt::tensor {

namespace {

using model::DType;

// As many sums as there are, and four numbers, just fit into the registers of AVX2.
constexpr std::size_t width = 4;
using Doubles = double __attribute__((vector_size(width * sizeof(double))));
using Integers = std::int64_t __attribute__((vector_size(width * sizeof(std::int64_t))));
constexpr std::int64_t all_but_sign = std::numeric_limits<std::int64_t>::max();
static_assert(chunk_elements % width == 0);

template <class Number>
struct VectorOf {
  using Type = Doubles;
};
template <>
struct VectorOf<float> {
  using Type = float __attribute__((vector_size(width * sizeof(float))));
};

struct VectorSums {
  ChunkSums sums;
  bool has_larger_relative = false;
};

// Vectors are passed by reference: how they are passed by value depends on the clone.
template <class Number>
[[gnu::always_inline]] inline void load_vector(const std::byte* elements, Doubles& numbers) {
  typename VectorOf<Number>::Type narrow;
  std::memcpy(&narrow, elements, sizeof narrow);
  numbers = __builtin_convertvector(narrow, Doubles);
}

[[gnu::always_inline]] inline void take_sign(const Doubles& numbers, Doubles& magnitudes) {
  magnitudes = reinterpret_cast<Doubles>(reinterpret_cast<Integers>(numbers) & all_but_sign);
}

[[gnu::always_inline]] inline double sum_of(const Doubles& lanes) {
  return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

/// `count` is a multiple of `width`.
template <class Number>
[[gnu::always_inline]] inline VectorSums sum_pairs(const std::byte* a, const std::byte* b,
                                                   std::size_t count, double relative_bound) {
  Doubles abs{}, squares{}, a_squares{}, b_squares{}, products{}, max_abs{};
  Integers unequal{}, is_larger{};
  for (std::size_t i = 0; i < count; i += width) {
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
    unequal -= difference != 0;  // a comparison that holds is -1
    is_larger |= (distance > relative_bound * size_b) & (right != 0);
  }
  VectorSums result{.sums = {.abs = sum_of(abs),
                             .squares = sum_of(squares),
                             .a_squares = sum_of(a_squares),
                             .b_squares = sum_of(b_squares),
                             .products = sum_of(products)}};
  for (std::size_t i = 0; i < width; ++i) {
    result.sums.unequal_count += static_cast<std::uint64_t>(unequal[i]);
    result.sums.max_abs = std::max(result.sums.max_abs, max_abs[i]);
    result.has_larger_relative |= is_larger[i] != 0;
  }
  return result;
}

CKPT_VECTOR_CLONES VectorSums sum_floats(const std::byte* a, const std::byte* b, std::size_t count,
                                         double relative_bound) {
  return sum_pairs<float>(a, b, count, relative_bound);
}

CKPT_VECTOR_CLONES VectorSums sum_doubles(const std::byte* a, const std::byte* b, std::size_t count,
                                          double relative_bound) {
  return sum_pairs<double>(a, b, count, relative_bound);
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
std::optional<ChunkSums> find_sums(const std::byte* a, const std::byte* b, std::size_t count,
                                   double max_relative_seen) {
  if (count % width != 0) {
    std::array<Number, chunk_elements> padded_a{};
    std::array<Number, chunk_elements> padded_b{};
    std::memcpy(padded_a.data(), a, count * sizeof(Number));
    std::memcpy(padded_b.data(), b, count * sizeof(Number));
    return find_sums<Number>(std::as_bytes(std::span(padded_a)).data(),
                             std::as_bytes(std::span(padded_b)).data(),
                             (count + width - 1) / width * width, max_relative_seen);
  }
  // Rounding of the product must not hide a quotient that is larger by its last bit.
  const double bound = std::nextafter(max_relative_seen, 0);
  VectorSums found = sizeof(Number) == sizeof(float) ? sum_floats(a, b, count, bound)
                                                     : sum_doubles(a, b, count, bound);
  if (!std::isfinite(found.sums.a_squares + found.sums.b_squares)) return std::nullopt;
  if (found.has_larger_relative) found.sums.max_relative = largest_relative<Number>(a, b, count);
  return found.sums;
}

}  // namespace

std::optional<ChunkSums> find_finite_sums(DType dtype, ByteView a, ByteView b,
                                          double max_relative_seen) {
  const std::size_t count = a.size() / model::row_of(dtype).size_bytes;
  switch (dtype) {
    case DType::float32:
      return find_sums<float>(a.data(), b.data(), count, max_relative_seen);
    case DType::float64:
      return find_sums<double>(a.data(), b.data(), count, max_relative_seen);
    case DType::int64:
    case DType::uint64:
      return std::nullopt;  // doubles would lose their last bits
    default: {
      alignas(64) Chunk numbers_a;
      alignas(64) Chunk numbers_b;
      widen_elements(dtype, a.data(), count, numbers_a);
      widen_elements(dtype, b.data(), count, numbers_b);
      return find_sums<double>(std::as_bytes(std::span(numbers_a)).data(),
                               std::as_bytes(std::span(numbers_b)).data(), count,
                               max_relative_seen);
    }
  }
}

}  // namespace ckpt::tensor
