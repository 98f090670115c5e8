#include "ckpt/tensor/weighted_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ckpt/tensor/cast.hpp"
#include "ckpt/tensor/elements.hpp"
#include "tensor/cast/integer_cast.hpp"
#include "tensor/cast/number_chunks.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

constexpr std::size_t chunk_elements = 1024;  // intermediate numbers stay in the first-level cache

template <class Number, bool is_divided, TermPlace place>
[[gnu::always_inline]] inline void add_products(const std::byte* numbers, const Term& term,
                                                double* sums, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    double x = static_cast<double>(load<Number>(numbers + i * sizeof(Number)));
    if constexpr (is_divided) x /= term.divisor;
    x *= term.weight;
    sums[i] = place == TermPlace::first ? x : sums[i] + x;
  }
}

template <class Number>
[[gnu::always_inline]] inline void add_numbers(const std::byte* numbers, const Term& term,
                                               double* sums, std::size_t count) {
  const bool is_first = term.place == TermPlace::first;
  if (term.divisor != 1) {
    if (is_first) return add_products<Number, true, TermPlace::first>(numbers, term, sums, count);
    return add_products<Number, true, TermPlace::later>(numbers, term, sums, count);
  }
  if (is_first) return add_products<Number, false, TermPlace::first>(numbers, term, sums, count);
  add_products<Number, false, TermPlace::later>(numbers, term, sums, count);
}

CKPT_VECTOR_CLONES void add_floats(const std::byte* numbers, const Term& term, double* sums,
                                   std::size_t count) {
  add_numbers<float>(numbers, term, sums, count);
}

CKPT_VECTOR_CLONES void add_doubles(const std::byte* numbers, const Term& term, double* sums,
                                    std::size_t count) {
  add_numbers<double>(numbers, term, sums, count);
}

void load_doubles(DType dtype, ByteView elements, std::span<double> out) {
  if (chunk_type(dtype) == ChunkType::float64) return load_chunk(dtype, elements.data(), out);
  if (is_integral(dtype))
    return cast_elements(dtype, DType::float64, elements, std::as_writable_bytes(out));
  const std::size_t width = model::row_of(dtype).size_bytes;
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = decode_real(dtype, elements.subspan(i * width, width));
}

void add_chunk(DType dtype, ByteView elements, const Term& term, std::span<double> sums) {
  if (dtype == DType::float64) return add_doubles(elements.data(), term, sums.data(), sums.size());
  if (dtype == DType::float32) return add_floats(elements.data(), term, sums.data(), sums.size());
  if (chunk_type(dtype) == ChunkType::float32) {
    alignas(64) std::array<float, chunk_elements> numbers;
    load_chunk(dtype, elements.data(), std::span(numbers).first(sums.size()));
    return add_floats(std::as_bytes(std::span(numbers)).data(), term, sums.data(), sums.size());
  }
  alignas(64) std::array<double, chunk_elements> numbers;
  load_doubles(dtype, elements, std::span(numbers).first(sums.size()));
  add_doubles(std::as_bytes(std::span(numbers)).data(), term, sums.data(), sums.size());
}

/// For integer dtypes: returns whether all numbers were in range and below 2^63 and so were
/// written.
bool store_integers(DType dtype, std::span<const double> numbers, std::byte* out) {
  const std::size_t width = model::row_of(dtype).size_bytes;
  const bool is_signed = has_signed_integers(dtype);
  const double beyond = std::exp2(is_signed || width == 8 ? 8 * width - 1 : 8 * width);
  const double least = is_signed ? -beyond : 0;
  std::array<std::int64_t, chunk_elements> whole;
  for (std::size_t first = 0; first < numbers.size(); first += whole.size()) {
    const auto chunk = numbers.subspan(first, std::min(whole.size(), numbers.size() - first));
    std::size_t outside = 0;
    for (const double number : chunk) outside += number >= least && number < beyond ? 0U : 1U;
    if (outside > 0) return false;
    std::ranges::transform(chunk, whole.begin(),
                           [](double number) { return static_cast<std::int64_t>(number); });
    cast_elements(DType::int64, dtype, std::as_bytes(std::span(whole).first(chunk.size())),
                  {out + first * width, chunk.size() * width});
  }
  return true;
}

Number number_for(DType dtype, double value) {
  switch (model::row_of(dtype).number_class) {
    case NumberClass::signed_integer:
      return static_cast<std::int64_t>(value);
    case NumberClass::unsigned_integer:
      return static_cast<std::uint64_t>(value);
    case NumberClass::boolean:
      return value != 0;
    default:
      return value;
  }
}

}  // namespace

void add_term(DType dtype, ByteView elements, const Term& term, std::span<double> sums) {
  const std::size_t width = model::row_of(dtype).size_bytes;
  for (std::size_t first = 0; first < sums.size(); first += chunk_elements) {
    const std::size_t count = std::min(chunk_elements, sums.size() - first);
    add_chunk(dtype, elements.subspan(first * width, count * width), term,
              sums.subspan(first, count));
  }
}

void store_numbers(DType dtype, std::span<const double> numbers, std::span<std::byte> out) {
  if (can_cast(DType::float64, dtype))
    return cast_elements(DType::float64, dtype, std::as_bytes(numbers), out);
  if (is_integral(dtype) && dtype != DType::boolean && store_integers(dtype, numbers, out.data()))
    return;
  const std::size_t width = model::row_of(dtype).size_bytes;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    encode(dtype, number_for(dtype, numbers[i]), out.subspan(i * width, width));
}

}  // namespace ckpt::tensor
