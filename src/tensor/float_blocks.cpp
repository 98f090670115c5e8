#include "tensor/float_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "tensor/float_formats.hpp"
#include "tensor/native_number.hpp"
#include "tensor/vector_clones.hpp"

namespace ckpt::tensor {

using model::DType;

namespace {

using Byte = std::uint8_t;
using Half = std::uint16_t;

// One clone holds the loops of all types: a template would have to be cloned for each.

template <FloatFormat format, class Code>
[[gnu::always_inline]] inline void widen_codes(const std::byte* codes, std::size_t count,
                                               float* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = widen<format>(load<Code>(codes + i * sizeof(Code)));
}

/// Codes of 32 bits first: in one loop the compiler would narrow every mask on the way as well,
/// which takes twice the time.
template <FloatFormat format, class Code>
[[gnu::always_inline]] inline void narrow_numbers(const float* numbers, std::size_t count,
                                                  std::byte* out) {
  std::array<std::uint32_t, 512> codes;
  for (std::size_t first = 0; first < count; first += codes.size()) {
    const std::size_t size = std::min(codes.size(), count - first);
    for (std::size_t i = 0; i < size; ++i) codes[i] = narrow<format>(numbers[first + i]);
    for (std::size_t i = 0; i < size; ++i)
      store(out + (first + i) * sizeof(Code), static_cast<Code>(codes[i]));
  }
}

CKPT_VECTOR_CLONES void widen_cloned(DType dtype, const std::byte* codes, std::size_t count,
                                     float* out) {
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
      break;
  }
  for (std::size_t i = 0; i < count; ++i) out[i] = widen_e8m0(load<Byte>(codes + i));
}

CKPT_VECTOR_CLONES void narrow_cloned(DType dtype, const float* numbers, std::size_t count,
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
      break;
  }
  for (std::size_t i = 0; i < count; ++i)
    store(out + i, static_cast<Byte>(narrow_e8m0(numbers[i])));
}

CKPT_VECTOR_CLONES void shorten_cloned(const std::byte* doubles, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(load<double>(doubles + i * sizeof(double)));
}

CKPT_VECTOR_CLONES void lengthen_cloned(const float* numbers, std::size_t count,
                                        std::byte* doubles) {
  for (std::size_t i = 0; i < count; ++i)
    store(doubles + i * sizeof(double), static_cast<double>(numbers[i]));
}

}  // namespace

bool fits_float32(DType dtype) {
  return model::row_of(dtype).number_class == model::NumberClass::floating &&
         dtype != DType::float64;
}

void widen_block(DType dtype, const std::byte* elements, std::size_t count, float* out) {
  if (!fits_float32(dtype)) throw std::logic_error("widen_block of what is no narrow float");
  if (dtype == DType::float32) {
    std::memcpy(out, elements, count * sizeof(float));
  } else {
    widen_cloned(dtype, elements, count, out);
  }
}

void narrow_block(DType dtype, const float* numbers, std::size_t count, std::byte* out) {
  if (!fits_float32(dtype)) throw std::logic_error("narrow_block of what is no narrow float");
  if (dtype == DType::float32) {
    std::memcpy(out, numbers, count * sizeof(float));
  } else {
    narrow_cloned(dtype, numbers, count, out);
  }
}

void shorten_block(const std::byte* doubles, std::size_t count, float* out) {
  shorten_cloned(doubles, count, out);
}

void lengthen_block(const float* numbers, std::size_t count, std::byte* doubles) {
  lengthen_cloned(numbers, count, doubles);
}

}  // namespace ckpt::tensor
