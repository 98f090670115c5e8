// The floating-point formats below 32 bits, by their bits: sign, exponent, mantissa and what the
// codes at the top mean. One row describes a format; widen() and narrow() follow from it.
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
// Overflow to 448 is torch 2.13's rule; up to torch 2.6 a float8_e4m3fn overflowed to NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace ckpt::tensor {

enum class TopCodes : std::uint8_t {
  infinity_and_nan,   ///< the highest exponent is Inf and NaN, as IEEE 754 has it
  one_nan,            ///< all bits set is NaN
  negative_zero_nan,  ///< what would be -0 is the only NaN
};

struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  TopCodes top_codes;
};

inline constexpr FloatFormat float16_format{5, 10, 15, TopCodes::infinity_and_nan};
inline constexpr FloatFormat bfloat16_format{8, 7, 127, TopCodes::infinity_and_nan};
inline constexpr FloatFormat e5m2_format{5, 2, 15, TopCodes::infinity_and_nan};
inline constexpr FloatFormat e4m3fn_format{4, 3, 7, TopCodes::one_nan};
inline constexpr FloatFormat e5m2fnuz_format{5, 2, 16, TopCodes::negative_zero_nan};
inline constexpr FloatFormat e4m3fnuz_format{4, 3, 8, TopCodes::negative_zero_nan};

inline constexpr std::uint32_t float32_sign = 0x8000'0000;
inline constexpr std::uint32_t float32_infinity = 0x7f80'0000;
inline constexpr std::uint32_t float32_quiet = 0x0040'0000;
inline constexpr std::uint32_t float32_nan = float32_infinity | float32_quiet;
inline constexpr int float32_mantissa_bits = 23;
inline constexpr int float32_bias = 127;

/// What follows from a FloatFormat. Codes are without the sign bit unless said otherwise.
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
  /// What a number beyond `largest` becomes; with its sign unless that code is the only NaN.
  static constexpr std::uint32_t overflow = format.top_codes == TopCodes::infinity_and_nan
                                                ? infinity
                                            : format.top_codes == TopCodes::one_nan ? largest
                                                                                    : sign;
  static constexpr int sign_shift = 31 - format.exponent_bits - format.mantissa_bits;
  static constexpr int dropped_bits = float32_mantissa_bits - format.mantissa_bits;
  static constexpr std::uint32_t all_set_in_place = all_set << dropped_bits;
  /// What the exponent of a float32 is larger by, in place.
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

/// Both are computed: with a conditional the compiler would compute one of them behind a branch,
/// which it cannot vectorise.
constexpr std::uint32_t choose(bool condition, std::uint32_t yes, std::uint32_t no) {
  const std::uint32_t mask = 0 - static_cast<std::uint32_t>(condition);
  return (yes & mask) | (no & ~mask);
}

/// a < b of numbers below 2^31, for which vector units have an instruction.
constexpr bool is_less(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a) < static_cast<std::int32_t>(b);
}

/// The number that `code` stands for, exactly. A NaN keeps its sign and payload where the format
/// has them, and is quiet.
template <FloatFormat format>
constexpr float widen(std::uint32_t code) {
  using C = Codes<format>;
  const std::uint32_t sign = (code << C::sign_shift) & float32_sign;
  // In the place that it has in a float32, and only looked at there: what is compared in a narrower
  // type takes vectors of two widths.
  const std::uint32_t magnitude = (code << C::dropped_bits) & C::all_set_in_place;
  std::uint32_t bits = magnitude;
  if constexpr (format.bias != float32_bias) {
    // Subnormal codes count in equal steps.
    constexpr float step = power_of_two(1 - format.bias - float32_mantissa_bits);
    const float subnormal = static_cast<float>(static_cast<std::int32_t>(magnitude)) * step;
    const bool is_subnormal = is_less(magnitude, 1U << float32_mantissa_bits);
    bits = choose(is_subnormal, std::bit_cast<std::uint32_t>(subnormal), magnitude + C::rebias);
  }
  if constexpr (format.top_codes == TopCodes::infinity_and_nan) {
    if constexpr (format.bias != float32_bias)
      bits |= choose(!is_less(magnitude, C::infinity << C::dropped_bits), float32_infinity, 0);
    bits |= choose(is_less(float32_infinity, bits), float32_quiet, 0);
  }
  if constexpr (format.top_codes == TopCodes::one_nan)
    bits = choose(magnitude == C::all_set_in_place, float32_nan, bits);
  if constexpr (format.top_codes == TopCodes::negative_zero_nan)
    return std::bit_cast<float>(choose(code == C::sign, float32_nan, bits | sign));
  return std::bit_cast<float>(bits | sign);
}

/// The magnitude (a float32 without its sign) rounded to the nearest code, ties to even; may be
/// beyond the largest.
template <FloatFormat format>
constexpr std::uint32_t round_magnitude(std::uint32_t magnitude) {
  using C = Codes<format>;
  const std::uint32_t is_odd = (magnitude >> C::dropped_bits) & 1;
  const std::uint32_t half_less_one = (1U << (C::dropped_bits - 1)) - 1;
  const std::uint32_t normal = (magnitude + (half_less_one - C::rebias) + is_odd) >> C::dropped_bits;
  if constexpr (format.bias == float32_bias) return normal;
  // Below the smallest normal number the codes are equally spaced: the sum with a power of two
  // whose last mantissa bit is that spacing rounds as the format does.
  constexpr float aligner =
      power_of_two(1 - format.bias - format.mantissa_bits + float32_mantissa_bits);
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + aligner) -
      std::bit_cast<std::uint32_t>(aligner);
  return choose(is_less(magnitude, C::smallest_normal), subnormal, normal);
}

/// The code nearest to `number`, ties to even; see the table above for what is too large. A NaN
/// keeps its sign and, in float16 and bfloat16, the upper bits of its payload; it is quiet.
template <FloatFormat format>
constexpr std::uint32_t narrow(float number) {
  using C = Codes<format>;
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(number);
  const std::uint32_t magnitude = bits & ~float32_sign;
  const std::uint32_t sign = (bits & float32_sign) >> C::sign_shift;
  const bool is_nan = is_less(float32_infinity, magnitude);
  const std::uint32_t rounded = round_magnitude<format>(magnitude);
  if constexpr (format.top_codes == TopCodes::negative_zero_nan) {
    const std::uint32_t code = choose(rounded == 0, 0, rounded | sign);
    return choose(is_nan | is_less(C::largest, rounded), C::overflow, code);
  } else {
    std::uint32_t code = rounded;  // from Inf on as float32 has it, if the exponents are the same
    if constexpr (format.bias != float32_bias)
      code = choose(is_less(C::largest, rounded), C::overflow, rounded);
    std::uint32_t nan = C::all_set;
    if constexpr (format.mantissa_bits >= 7)
      nan = ((magnitude | float32_quiet) >> C::dropped_bits) & C::all_set;
    return choose(is_nan, nan, code) | sign;
  }
}

/// float8_e8m0fnu: a power of two, without sign or zero; 255 is NaN.
constexpr float widen_e8m0(std::uint32_t code) {
  const std::uint32_t normal = choose(code == 255, float32_nan, code << float32_mantissa_bits);
  return std::bit_cast<float>(choose(code == 0, 0x0040'0000, normal));
}

/// The sign is dropped; a number halfway between two powers goes up, the one between 2^-127 and
/// nothing stays; Inf and NaN are NaN.
constexpr std::uint32_t narrow_e8m0(float number) {
  const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(number) & ~float32_sign;
  const std::uint32_t exponent = magnitude >> float32_mantissa_bits;
  const std::uint32_t fraction = magnitude & ((1U << float32_mantissa_bits) - 1);
  const std::uint32_t half = 1U << (float32_mantissa_bits - 1);
  const bool goes_up = (fraction > half) | ((fraction == half) & (exponent > 0));
  return choose(exponent == 255, 255, exponent + static_cast<std::uint32_t>(goes_up));
}

}  // namespace ckpt::tensor
