// The floating-point formats below 32 bits: the widths of sign, exponent and mantissa, and the
// meaning of the topmost codes. Each format is one row of constants; widen() and narrow() work for
// all of them.
//
//   format        s e m  bias  largest     beyond the largest   NaN          zero
//   float16       1 5 10   15  65504       Inf                  0x7c01...    +0 -0
//   bfloat16      1 8 7   127  3.39e38     Inf                  0x7f81...    +0 -0
//   float8_e5m2   1 5 2    15  57344       Inf                  0x7d...      +0 -0
//   float8_e4m3fn 1 4 3     7  448         448 (there is no Inf) 0x7f, 0xff  +0 -0
//   ...e5m2fnuz   1 5 2    16  57344       NaN                  0x80 only    +0
//   ...e4m3fnuz   1 4 3     8  240         NaN                  0x80 only    +0
//   float8_e8m0fnu 0 8 0  127  2^127       NaN                  0xff         none: 0 is 2^-127
//
// Source: https://github.com/pytorch/pytorch/tree/v2.6.0/c10/util (Half.h, BFloat16.h, Float8_*.h).
// Overflow to 448 is the rule of torch 2.13; up to torch 2.6 a float8_e4m3fn overflowed to NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace ckpt::tensor {

enum class TopCodes : std::uint8_t {
  infinity_and_nan,   ///< the highest exponent means Inf and NaN, as in IEEE 754
  one_nan,            ///< all bits set is the only NaN
  negative_zero_nan,  ///< the code of -0 is the only NaN
};

/// The constants of a format, from which widen() and narrow() are generated.
struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  TopCodes top_codes;

  bool operator==(const FloatFormat&) const = default;
};

inline constexpr FloatFormat float16_format{5, 10, 15, TopCodes::infinity_and_nan};
inline constexpr FloatFormat bfloat16_format{8, 7, 127, TopCodes::infinity_and_nan};
inline constexpr FloatFormat e5m2_format{5, 2, 15, TopCodes::infinity_and_nan};
inline constexpr FloatFormat e4m3fn_format{4, 3, 7, TopCodes::one_nan};
inline constexpr FloatFormat e5m2fnuz_format{5, 2, 16, TopCodes::negative_zero_nan};
inline constexpr FloatFormat e4m3fnuz_format{4, 3, 8, TopCodes::negative_zero_nan};
inline constexpr FloatFormat e8m0_format{8, 0, 127, TopCodes::one_nan};

inline constexpr std::uint32_t float32_sign = 0x8000'0000;
inline constexpr std::uint32_t float32_infinity = 0x7f80'0000;
inline constexpr std::uint32_t float32_quiet = 0x0040'0000;
inline constexpr std::uint32_t float32_nan = float32_infinity | float32_quiet;
inline constexpr int float32_mantissa_bits = 23;
inline constexpr int float32_bias = 127;

/// Constants that follow from a FloatFormat. Codes exclude the sign bit unless said otherwise.
template <FloatFormat format>
struct Codes {
  static constexpr std::uint32_t one = 1;
  static constexpr std::uint32_t sign = one << (format.exponent_bits + format.mantissa_bits);
  static constexpr std::uint32_t all_set = sign - 1;
  static constexpr std::uint32_t infinity = all_set - ((one << format.mantissa_bits) - 1);
  static constexpr std::uint32_t largest = format.top_codes == TopCodes::infinity_and_nan
                                               ? infinity - 1
                                           : format.top_codes == TopCodes::one_nan ? all_set - 1
                                                                                   : all_set;
  /// The code of a number beyond `largest`. It gets the sign unless it is the only NaN.
  static constexpr std::uint32_t overflow = format.top_codes == TopCodes::infinity_and_nan
                                                ? infinity
                                            : format.top_codes == TopCodes::one_nan ? largest
                                                                                    : sign;
  static constexpr int sign_shift = 31 - format.exponent_bits - format.mantissa_bits;
  static constexpr int dropped_bits = float32_mantissa_bits - format.mantissa_bits;
  static constexpr std::uint32_t all_set_in_place = all_set << dropped_bits;
  /// The difference between the exponent of a float32 and of the format, shifted to its position.
  static constexpr std::uint32_t rebias = static_cast<std::uint32_t>(float32_bias - format.bias)
                                          << float32_mantissa_bits;
  /// The smallest normal number, as float32 bits.
  static constexpr std::uint32_t smallest_normal =
      static_cast<std::uint32_t>(float32_bias + 1 - format.bias) << float32_mantissa_bits;
};

constexpr float power_of_two(int exponent) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + float32_bias)
                              << float32_mantissa_bits);
}

/// The operand of widen() and narrow(): one code, or a vector of codes (float_vectors.hpp).
template <class Bits>
struct TypesOf {
  using Signed = std::int32_t;
  using Float = float;
  static constexpr Float to_float(Signed number) { return static_cast<Float>(number); }
};

/// The same number for each of the codes.
template <class Bits>
[[gnu::always_inline]] constexpr Bits all(std::uint32_t number) {
  return Bits{} + number;
}

/// a < b for numbers below 2^31, for which vector units have an instruction.
template <class Bits>
[[gnu::always_inline]] constexpr auto is_less(const Bits& a, const Bits& b) {
  using Signed = typename TypesOf<Bits>::Signed;
  return __builtin_bit_cast(Signed, a) < __builtin_bit_cast(Signed, b);
}

/// float8_e8m0fnu is a power of two without sign or zero; 255 is NaN.
template <class Bits>
[[gnu::always_inline]] constexpr auto widen_e8m0(const Bits& code) {
  const Bits normal = code == 255U ? all<Bits>(float32_nan) : code << float32_mantissa_bits;
  const Bits bits = code == 0U ? all<Bits>(0x0040'0000) : normal;
  return __builtin_bit_cast(typename TypesOf<Bits>::Float, bits);
}

/// The sign is dropped. A number halfway between two powers rounds up. Subnormal float32 numbers up
/// to 2^-127 become 2^-127, larger ones 2^-126. Inf and NaN become NaN.
template <class Bits>
[[gnu::always_inline]] constexpr Bits narrow_e8m0(const Bits& bits) {
  const Bits magnitude = bits & ~float32_sign;
  const Bits exponent = magnitude >> float32_mantissa_bits;
  const Bits half = all<Bits>(1U << (float32_mantissa_bits - 1));
  // With exponent 0, a fraction of `half` is exactly 2^-127, which is code 0.
  const Bits bound = exponent == 0U ? half : half - 1U;
  const Bits fraction = magnitude & ((1U << float32_mantissa_bits) - 1);
  const Bits rounded = is_less(bound, fraction) ? exponent + 1U : exponent;
  return exponent == 255U ? exponent : rounded;
}

/// The exact number of `code`. A NaN keeps its sign and payload where the format has them, and
/// becomes quiet.
template <FloatFormat format, class Bits>
[[gnu::always_inline]] constexpr auto widen(const Bits& code) {
  if constexpr (format == e8m0_format) return widen_e8m0(code);
  using C = Codes<format>;
  using Float = typename TypesOf<Bits>::Float;
  using Signed = typename TypesOf<Bits>::Signed;
  const Bits sign = (code << C::sign_shift) & float32_sign;
  // Shifted to its position in a float32 and only examined there: a comparison in a narrower type
  // needs vectors of two widths.
  const Bits magnitude = (code << C::dropped_bits) & C::all_set_in_place;
  Bits bits = magnitude;
  if constexpr (format.bias != float32_bias) {
    // Subnormal codes are equally spaced.
    constexpr float step = power_of_two(1 - format.bias - float32_mantissa_bits);
    const Float subnormal = TypesOf<Bits>::to_float(__builtin_bit_cast(Signed, magnitude)) * step;
    bits = is_less(magnitude, all<Bits>(1U << float32_mantissa_bits))
               ? __builtin_bit_cast(Bits, subnormal)
               : magnitude + C::rebias;
  }
  if constexpr (format.top_codes == TopCodes::infinity_and_nan) {
    if constexpr (format.bias != float32_bias)
      bits |= is_less(magnitude, all<Bits>(C::infinity << C::dropped_bits))
                  ? all<Bits>(0)
                  : all<Bits>(float32_infinity);
    bits |= is_less(all<Bits>(float32_infinity), bits) ? all<Bits>(float32_quiet) : all<Bits>(0);
  }
  if constexpr (format.top_codes == TopCodes::one_nan)
    bits = magnitude == C::all_set_in_place ? all<Bits>(float32_nan) : bits;
  bits |= sign;
  if constexpr (format.top_codes == TopCodes::negative_zero_nan)
    bits = code == C::sign ? all<Bits>(float32_nan) : bits;
  return __builtin_bit_cast(Float, bits);
}

/// The magnitude (a float32 without its sign) rounded to the nearest code, ties to even. The result
/// may be beyond the largest code.
template <FloatFormat format, class Bits>
[[gnu::always_inline]] constexpr Bits round_magnitude(const Bits& magnitude) {
  using C = Codes<format>;
  using Float = typename TypesOf<Bits>::Float;
  const Bits is_odd = (magnitude >> C::dropped_bits) & 1U;
  constexpr std::uint32_t half_less_one = (1U << (C::dropped_bits - 1)) - 1;
  const Bits normal = (magnitude + (half_less_one - C::rebias) + is_odd) >> C::dropped_bits;
  // Below the smallest normal number the codes are equally spaced. Adding a power of two whose last
  // mantissa bit equals that spacing makes the processor round as the format does.
  constexpr float aligner =
      power_of_two(1 - format.bias - format.mantissa_bits + float32_mantissa_bits);
  const Float aligned = __builtin_bit_cast(Float, magnitude) + aligner;
  const Bits subnormal = __builtin_bit_cast(Bits, aligned) - std::bit_cast<std::uint32_t>(aligner);
  return is_less(magnitude, all<Bits>(C::smallest_normal)) ? subnormal : normal;
}

/// bfloat16 is the upper half of a float32. The sign can take part in the addition, which never
/// carries into it.
template <class Bits>
[[gnu::always_inline]] constexpr Bits narrow_bfloat16(const Bits& bits) {
  const Bits upper = bits >> 16;
  const Bits rounded = (bits + 0x7fffU + (upper & 1U)) >> 16;
  const auto is_nan = is_less(all<Bits>(float32_infinity), bits & ~float32_sign);
  return is_nan ? upper | (float32_quiet >> 16) : rounded;
}

/// The code nearest to `number`, ties to even; the table above says what too large numbers become.
/// A NaN keeps its sign and, in float16 and bfloat16, the upper bits of its payload, and becomes
/// quiet.
template <FloatFormat format, class Bits>
[[gnu::always_inline]] constexpr Bits narrow(const Bits& bits) {
  if constexpr (format == e8m0_format) return narrow_e8m0(bits);
  if constexpr (format == bfloat16_format) return narrow_bfloat16(bits);
  using C = Codes<format>;
  const Bits magnitude = bits & ~float32_sign;
  const Bits sign = (bits & float32_sign) >> C::sign_shift;
  const auto is_nan = is_less(all<Bits>(float32_infinity), magnitude);
  const Bits rounded = round_magnitude<format>(magnitude);
  const auto is_beyond = is_less(all<Bits>(C::largest), rounded);
  if constexpr (format.top_codes == TopCodes::negative_zero_nan) {
    const Bits code = rounded == 0U ? rounded : rounded | sign;
    return (is_nan | is_beyond) ? all<Bits>(C::overflow) : code;
  } else {
    const Bits code = is_beyond ? all<Bits>(C::overflow) : rounded;
    Bits nan = all<Bits>(C::all_set);
    if constexpr (format.mantissa_bits >= 7)
      nan = ((magnitude | float32_quiet) >> C::dropped_bits) & C::all_set;
    return (is_nan ? nan : code) | sign;
  }
}

}  // namespace ckpt::tensor
