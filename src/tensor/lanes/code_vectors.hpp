// Converts codes of 8 and 16 bit floats to doubles, 32 bytes at a time.
//
// The bits of a code are moved to where a double has its sign, exponent and mantissa. The exponent
// is then too small by a constant; a multiplication by a power of two corrects it, for subnormal
// codes too. Codes of Inf and NaN become some finite number, which the caller must detect
// otherwise.
//
//   bfloat16           s eeeeeeee mmmmmmm
//   float64        s 000 eeeeeeee mmmmmmm 0...   times 2^(1023 - 127)
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "tensor/lanes/double_vectors.hpp"
#include "tensor/read/float_formats.hpp"

namespace ckpt::tensor {

static_assert(std::endian::native == std::endian::little, "the order of raised codes");

inline constexpr std::size_t code_vector_bytes = 32;
using Codes8 = std::int8_t __attribute__((vector_size(code_vector_bytes)));
using Codes16 = std::int16_t __attribute__((vector_size(code_vector_bytes)));
using Codes32 = std::int32_t __attribute__((vector_size(code_vector_bytes)));
template <class Code>
using CodeLanes = std::conditional_t<sizeof(Code) == 1, Codes8, Codes16>;

// raise() puts zeros of equal width below every code. The codes come out in the order that one
// instruction gives; the order does not matter for a sum.

[[gnu::always_inline]] inline void raise(const Codes8& codes, Codes16& low, Codes16& high) {
  low = reinterpret_cast<Codes16>(
      __builtin_shufflevector(Codes8{}, codes, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7,
                              39, 16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55));
  high = reinterpret_cast<Codes16>(__builtin_shufflevector(
      Codes8{}, codes, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47, 24, 56, 25, 57,
      26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63));
}

[[gnu::always_inline]] inline void raise(const Codes16& codes, Codes32& low, Codes32& high) {
  low = reinterpret_cast<Codes32>(__builtin_shufflevector(Codes16{}, codes, 0, 16, 1, 17, 2, 18, 3,
                                                          19, 8, 24, 9, 25, 10, 26, 11, 27));
  high = reinterpret_cast<Codes32>(__builtin_shufflevector(Codes16{}, codes, 4, 20, 5, 21, 6, 22, 7,
                                                           23, 12, 28, 13, 29, 14, 30, 15, 31));
}

[[gnu::always_inline]] inline void raise(const Codes32& codes, Doubles& low, Doubles& high) {
  low = reinterpret_cast<Doubles>(
      __builtin_shufflevector(Codes32{}, codes, 0, 8, 1, 9, 4, 12, 5, 13));
  high = reinterpret_cast<Doubles>(
      __builtin_shufflevector(Codes32{}, codes, 2, 10, 3, 11, 6, 14, 7, 15));
}

/// Moves codes from the top of their lanes to the position of these bits in a double.
template <FloatFormat format, class Lane, class Lanes>
[[gnu::always_inline]] inline void place(Lanes& codes) {
  constexpr int double_exponent_bits = 11;
  constexpr int shift = double_exponent_bits - format.exponent_bits;
  constexpr int magnitude_bits = 8 * static_cast<int>(sizeof(Lane)) - 1 - shift;
  constexpr Lane kept =
      static_cast<Lane>(std::numeric_limits<Lane>::min() | ((Lane{1} << magnitude_bits) - 1));
  codes = (codes >> shift) & kept;  // the shift copies the sign into the bits in between
}

/// The factor by which a placed code becomes its number.
template <FloatFormat format>
inline constexpr double code_scale =
    std::bit_cast<double>(static_cast<std::uint64_t>(2 * 1023 - format.bias) << 52);

template <class Use>
[[gnu::always_inline]] inline void use_placed(const Codes32& placed, Use use) {
  Doubles low;
  Doubles high;
  raise(placed, low, high);
  use(low, high);
}

/// Calls use(low, high) for every eight codes. The numbers must still be multiplied by the scale.
template <FloatFormat format, class Use>
[[gnu::always_inline]] inline void for_each_eight(const Codes16& codes, Use use) {
  Codes32 low;
  Codes32 high;
  raise(codes, low, high);
  place<format, std::int32_t>(low);
  place<format, std::int32_t>(high);
  use_placed(low, use);
  use_placed(high, use);
}

template <FloatFormat format, class Use>
[[gnu::always_inline]] inline void for_each_eight(const Codes8& codes, Use use) {
  Codes16 halves[2];
  Codes32 low;
  Codes32 high;
  raise(codes, halves[0], halves[1]);
  for (Codes16& half : halves) {
    place<format, std::int16_t>(half);
    raise(half, low, high);
    use_placed(low, use);
    use_placed(high, use);
  }
}

}  // namespace ckpt::tensor
