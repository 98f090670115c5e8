// One function per pair of formats, from templates: a loader (FromCodes, FromHalves, ...) and a
// storer (ToCodes, ToBfloat16, ToHalves). Only pairs whose result equals that of cast.cpp bit by
// bit.

#include "tensor/cast/direct_cast.hpp"

// clang refuses to call a function that returns vectors from a function with another target,
// although these are always inlined. The loops therefore exist under gcc only.
#if defined(__x86_64__) && !defined(__clang__)

#include <immintrin.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "tensor/cast/float_blocks.hpp"
#include "tensor/lanes/float_vectors.hpp"

// Only conversions that need one rounding instruction or none, and bytes. Where rounding is done
// bit by bit, the widest vectors of the machine (vector_clones.hpp) gain more than the way through
// memory costs.
//
// An inlined instruction needs its target in every function on the way.
#define CKPT_IN_REGISTERS [[gnu::target("avx2,f16c"), gnu::always_inline]] static inline

namespace ckpt::tensor {

using model::DType;

namespace {

/// Loads eight elements. "Exact" means that bfloat16 can hold each of them.
template <FloatFormat format, class Code>
struct FromCodes {
  static constexpr std::size_t size_bytes = sizeof(Code);
  static constexpr bool is_exact = format.mantissa_bits <= bfloat16_format.mantissa_bits;

  CKPT_IN_REGISTERS void load(const std::byte* in, Bits8& bits) {
    const Floats8 numbers = widen<format>(load_codes<Code>(in));
    bits = reinterpret_cast<Bits8>(numbers);
  }
};

struct FromHalves {
  static constexpr std::size_t size_bytes = 2;
  static constexpr bool is_exact = false;

  CKPT_IN_REGISTERS void load(const std::byte* in, Bits8& bits) {
    __m128i halves;
    std::memcpy(&halves, in, sizeof halves);
    bits = reinterpret_cast<Bits8>(_mm256_cvtph_ps(halves));
  }
};

template <class Integer>
struct FromIntegers {
  static constexpr std::size_t size_bytes = sizeof(Integer);
  static constexpr bool is_exact = sizeof(Integer) == 1;

  CKPT_IN_REGISTERS void load(const std::byte* in, Bits8& bits) {
    Signed8 wide;
    if constexpr (sizeof(Integer) == sizeof(std::int32_t)) {
      std::memcpy(&wide, in, sizeof wide);
    } else {  // as load_codes() does
      std::array<Integer, vector_count> n;
      std::memcpy(n.data(), in, sizeof n);
      wide = Signed8{n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7]};
    }
    bits = reinterpret_cast<Bits8>(__builtin_convertvector(wide, Floats8));
  }
};

/// Any byte but 0 is true.
struct FromTruths {
  static constexpr std::size_t size_bytes = 1;
  static constexpr bool is_exact = true;

  CKPT_IN_REGISTERS void load(const std::byte* in, Bits8& bits) {
    constexpr std::uint32_t one = 0x3f80'0000;
    bits = load_codes<std::uint8_t>(in) == 0U ? Bits8{} : all<Bits8>(one);
  }
};

template <FloatFormat format>
struct ToCodes {
  static constexpr std::size_t size_bytes = 1;

  CKPT_IN_REGISTERS void store(const Bits8& bits, std::byte* out) {
    store_codes<std::uint8_t>(narrow<format>(bits), out);
  }
};

template <bool is_exact>
struct ToBfloat16 {
  static constexpr std::size_t size_bytes = 2;

  CKPT_IN_REGISTERS void store(const Bits8& bits, std::byte* out) {
    store_codes<std::uint16_t>(is_exact ? bits >> 16 : narrow<bfloat16_format>(bits), out);
  }
};

struct ToHalves {
  static constexpr std::size_t size_bytes = 2;

  CKPT_IN_REGISTERS void store(const Bits8& bits, std::byte* out) {
    const __m128i halves =
        _mm256_cvtps_ph(reinterpret_cast<__m256>(bits), _MM_FROUND_TO_NEAREST_INT);
    std::memcpy(out, &halves, sizeof halves);
  }
};

template <class From, class To>
CKPT_IN_REGISTERS bool convert(const std::byte* in, std::size_t vector_total, std::byte* out) {
  Bits8 bits;
  for (std::size_t i = 0; i < vector_total; ++i) {
    From::load(in + i * vector_count * From::size_bytes, bits);
    To::store(bits, out + i * vector_count * To::size_bytes);
  }
  return true;
}

template <class From>
CKPT_IN_REGISTERS bool convert_from(DType to, const std::byte* in, std::size_t vector_total,
                                    std::byte* out) {
  if (to == DType::float16) return convert<From, ToHalves>(in, vector_total, out);
  if (to == DType::bfloat16)
    return convert<From, ToBfloat16<From::is_exact>>(in, vector_total, out);
  if constexpr (From::size_bytes == 1) {
    if (to == DType::float8_e5m2) return convert<From, ToCodes<e5m2_format>>(in, vector_total, out);
    if (to == DType::float8_e4m3fn)
      return convert<From, ToCodes<e4m3fn_format>>(in, vector_total, out);
  }
  return false;
}

/// Returns whether there is a loop for this pair of dtypes.
[[gnu::target("avx2,f16c")]] bool convert_vectors(DType from, DType to, const std::byte* in,
                                                  std::size_t vector_total, std::byte* out) {
  switch (from) {
    case DType::float16:
      return convert_from<FromHalves>(to, in, vector_total, out);
    case DType::bfloat16:
      return convert_from<FromCodes<bfloat16_format, std::uint16_t>>(to, in, vector_total, out);
    case DType::float8_e5m2:
      return convert_from<FromCodes<e5m2_format, std::uint8_t>>(to, in, vector_total, out);
    case DType::float8_e4m3fn:
      return convert_from<FromCodes<e4m3fn_format, std::uint8_t>>(to, in, vector_total, out);
    case DType::float8_e5m2fnuz:
      return convert_from<FromCodes<e5m2fnuz_format, std::uint8_t>>(to, in, vector_total, out);
    case DType::float8_e4m3fnuz:
      return convert_from<FromCodes<e4m3fnuz_format, std::uint8_t>>(to, in, vector_total, out);
    case DType::float8_e8m0fnu:
      return convert_from<FromCodes<e8m0_format, std::uint8_t>>(to, in, vector_total, out);
    case DType::boolean:
      return convert_from<FromTruths>(to, in, vector_total, out);
    case DType::int8:
      return convert_from<FromIntegers<std::int8_t>>(to, in, vector_total, out);
    case DType::uint8:
      return convert_from<FromIntegers<std::uint8_t>>(to, in, vector_total, out);
    case DType::int16:
      return convert_from<FromIntegers<std::int16_t>>(to, in, vector_total, out);
    case DType::int32:
      return convert_from<FromIntegers<std::int32_t>>(to, in, vector_total, out);
    default:
      return false;
  }
}

}  // namespace

std::size_t cast_directly(DType from, DType to, const std::byte* in, std::size_t count,
                          std::byte* out) {
  static const bool is_supported = __builtin_cpu_supports("avx2") != 0 && has_half_instructions();
  const std::size_t vector_total = count / vector_count;
  const bool is_done = is_supported && convert_vectors(from, to, in, vector_total, out);
  return is_done ? vector_total * vector_count : 0;
}

}  // namespace ckpt::tensor

#else

namespace ckpt::tensor {

std::size_t cast_directly(model::DType, model::DType, const std::byte*, std::size_t, std::byte*) {
  return 0;
}

}  // namespace ckpt::tensor

#endif
