// widen() and narrow() of float_formats.hpp, eight elements per step. The processor's float16
// instructions are used where they exist; they give the same bits.

#include "tensor/cast/float_blocks.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "tensor/lanes/float_vectors.hpp"
#include "tensor/lanes/vector_clones.hpp"
#include "tensor/read/native_number.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

using Byte = std::uint8_t;
using Half = std::uint16_t;

// One cloned function holds the loops of all types: a template would need a clone per type.

/// Calls `step` for every eight elements. The last few elements are copied to a buffer of eight.
template <std::size_t from_bytes, std::size_t to_bytes, class Step>
[[gnu::always_inline]] inline void for_each_vector(const std::byte* in, std::size_t count,
                                                   std::byte* out, Step step) {
  const std::size_t whole = count - count % vector_count;
  for (std::size_t i = 0; i < whole; i += vector_count)
    step(in + i * from_bytes, out + i * to_bytes);
  if (whole == count) return;
  std::array<std::byte, vector_count * from_bytes> last_in{};
  std::array<std::byte, vector_count * to_bytes> last_out;
  std::memcpy(last_in.data(), in + whole * from_bytes, (count - whole) * from_bytes);
  step(last_in.data(), last_out.data());
  std::memcpy(out + whole * to_bytes, last_out.data(), (count - whole) * to_bytes);
}

template <FloatFormat format, class Code>
[[gnu::always_inline]] inline void widen_codes(const std::byte* codes, std::size_t count,
                                               std::byte* out) {
  for_each_vector<sizeof(Code), sizeof(float)>(
      codes, count, out, [](const std::byte* from, std::byte* to) __attribute__((always_inline)) {
        const Floats8 numbers = widen<format>(load_codes<Code>(from));
        std::memcpy(to, &numbers, sizeof numbers);
      });
}

template <FloatFormat format, class Code>
[[gnu::always_inline]] inline void narrow_numbers(const std::byte* numbers, std::size_t count,
                                                  std::byte* out) {
  for_each_vector<sizeof(float), sizeof(Code)>(
      numbers, count, out, [](const std::byte* from, std::byte* to) __attribute__((always_inline)) {
        Bits8 bits;
        std::memcpy(&bits, from, sizeof bits);
        store_codes<Code>(narrow<format>(bits), to);
      });
}

CKPT_VECTOR_CLONES void widen_cloned(DType dtype, const std::byte* codes, std::size_t count,
                                     std::byte* out) {
  switch (dtype) {
    case DType::float16:
      return widen_codes<float16_format, Half>(codes, count, out);
    case DType::bfloat16:
      return widen_codes<bfloat16_format, Half>(codes, count, out);
    case DType::float8_e5m2:
      return widen_codes<e5m2_format, Byte>(codes, count, out);
    case DType::float8_e4m3fn:
      return widen_codes<e4m3fn_format, Byte>(codes, count, out);
    case DType::float8_e5m2fnuz:
      return widen_codes<e5m2fnuz_format, Byte>(codes, count, out);
    case DType::float8_e4m3fnuz:
      return widen_codes<e4m3fnuz_format, Byte>(codes, count, out);
    default:
      return widen_codes<e8m0_format, Byte>(codes, count, out);
  }
}

CKPT_VECTOR_CLONES void narrow_cloned(DType dtype, const std::byte* numbers, std::size_t count,
                                      std::byte* out) {
  switch (dtype) {
    case DType::float16:
      return narrow_numbers<float16_format, Half>(numbers, count, out);
    case DType::bfloat16:
      return narrow_numbers<bfloat16_format, Half>(numbers, count, out);
    case DType::float8_e5m2:
      return narrow_numbers<e5m2_format, Byte>(numbers, count, out);
    case DType::float8_e4m3fn:
      return narrow_numbers<e4m3fn_format, Byte>(numbers, count, out);
    case DType::float8_e5m2fnuz:
      return narrow_numbers<e5m2fnuz_format, Byte>(numbers, count, out);
    case DType::float8_e4m3fnuz:
      return narrow_numbers<e4m3fnuz_format, Byte>(numbers, count, out);
    default:
      return narrow_numbers<e8m0_format, Byte>(numbers, count, out);
  }
}

#if defined(__x86_64__)
// float16 by instructions of the processor: the same bits as the formulas give, NaN included.

bool find_half_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __builtin_cpu_supports("avx") && __get_cpuid(1, &a, &b, &c, &d) != 0 &&
         (c & bit_F16C) != 0;
}

[[gnu::target("avx,f16c")]] void widen_halves(const std::byte* codes, std::size_t vector_total,
                                              std::byte* out) {
  for (std::size_t i = 0; i < vector_total; ++i) {
    __m128i halves;
    std::memcpy(&halves, codes + i * sizeof halves, sizeof halves);
    const __m256 numbers = _mm256_cvtph_ps(halves);
    std::memcpy(out + i * sizeof numbers, &numbers, sizeof numbers);
  }
}

[[gnu::target("avx,f16c")]] void narrow_halves(const std::byte* numbers, std::size_t vector_total,
                                               std::byte* out) {
  for (std::size_t i = 0; i < vector_total; ++i) {
    __m256 wide;
    std::memcpy(&wide, numbers + i * sizeof wide, sizeof wide);
    const __m128i halves = _mm256_cvtps_ph(wide, _MM_FROUND_TO_NEAREST_INT);
    std::memcpy(out + i * sizeof halves, &halves, sizeof halves);
  }
}
#else
constexpr bool find_half_instructions() { return false; }
void widen_halves(const std::byte*, std::size_t, std::byte*) {}
void narrow_halves(const std::byte*, std::size_t, std::byte*) {}
#endif

/// How many of `count` elements the vector instructions for float16 process.
std::size_t halves_in_vectors(DType dtype, std::size_t count) {
  return dtype == DType::float16 && has_half_instructions() ? count - count % vector_count : 0;
}

CKPT_VECTOR_CLONES void shorten_cloned(const std::byte* doubles, std::size_t count,
                                       std::byte* numbers) {
  for (std::size_t i = 0; i < count; ++i)
    store(numbers + i * sizeof(float),
          static_cast<float>(load<double>(doubles + i * sizeof(double))));
}

CKPT_VECTOR_CLONES void lengthen_cloned(const std::byte* numbers, std::size_t count,
                                        std::byte* doubles) {
  for (std::size_t i = 0; i < count; ++i)
    store(doubles + i * sizeof(double),
          static_cast<double>(load<float>(numbers + i * sizeof(float))));
}

}  // namespace

bool has_half_instructions() {
  static const bool has = find_half_instructions();
  return has;
}

bool fits_float32(DType dtype) {
  return model::row_of(dtype).number_class == model::NumberClass::floating &&
         dtype != DType::float64;
}

void widen_block(DType dtype, const std::byte* elements, std::size_t count, std::byte* out) {
  if (!fits_float32(dtype)) throw std::logic_error("widen_block of what is no narrow float");
  if (dtype == DType::float32) {
    std::memcpy(out, elements, count * sizeof(float));
  } else {
    const std::size_t done = halves_in_vectors(dtype, count);
    widen_halves(elements, done / vector_count, out);
    widen_cloned(dtype, elements + done * model::row_of(dtype).size_bytes, count - done,
                 out + done * sizeof(float));
  }
}

void narrow_block(DType dtype, const std::byte* numbers, std::size_t count, std::byte* out) {
  if (!fits_float32(dtype)) throw std::logic_error("narrow_block of what is no narrow float");
  if (dtype == DType::float32) {
    std::memcpy(out, numbers, count * sizeof(float));
  } else {
    const std::size_t done = halves_in_vectors(dtype, count);
    narrow_halves(numbers, done / vector_count, out);
    narrow_cloned(dtype, numbers + done * sizeof(float), count - done,
                  out + done * model::row_of(dtype).size_bytes);
  }
}

void shorten_block(const std::byte* doubles, std::size_t count, std::byte* numbers) {
  shorten_cloned(doubles, count, numbers);
}

void lengthen_block(const std::byte* numbers, std::size_t count, std::byte* doubles) {
  lengthen_cloned(numbers, count, doubles);
}

}  // namespace ckpt::tensor
