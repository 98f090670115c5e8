// Eight numbers at a time in vectors, which every compiler maps to the instructions of its target:
// elements of any float type to and from float32. In plain loops over numbers of different widths,
// compilers narrow every mask too, which takes several times as long.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

// The convention for returning vectors depends on the target; here all calls are inlined. They are
// passed by reference, because gcc prints a note about the convention that cannot be turned off.
#pragma GCC diagnostic ignored "-Wpsabi"

#include "tensor/read/float_formats.hpp"

namespace ckpt::tensor {

inline constexpr std::size_t vector_count = 8;

using Bits8 = std::uint32_t __attribute__((vector_size(4 * vector_count)));
using Signed8 = std::int32_t __attribute__((vector_size(4 * vector_count)));
using Floats8 = float __attribute__((vector_size(4 * vector_count)));
using Halves8 = std::uint16_t __attribute__((vector_size(2 * vector_count)));
using Bytes8 = std::uint8_t __attribute__((vector_size(vector_count)));

template <>
struct TypesOf<Bits8> {
  using Signed = Signed8;
  using Float = Floats8;
  [[gnu::always_inline]] static Floats8 to_float(const Signed8& numbers) {
    return __builtin_convertvector(numbers, Floats8);
  }
};

/// Loads codes of 8 or 16 bits. gcc makes one instruction of single numbers, but ten of a vector
/// conversion.
template <class Code>
[[gnu::always_inline]] inline Bits8 load_codes(const std::byte* codes) {
  std::array<Code, vector_count> c;
  std::memcpy(c.data(), codes, sizeof c);
  return Bits8{c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]};
}

template <class Code>
[[gnu::always_inline]] inline void store_codes(const Bits8& bits, std::byte* codes) {
  const Halves8 halves = __builtin_convertvector(bits, Halves8);
  if constexpr (sizeof(Code) == 1) {
    const Bytes8 bytes = __builtin_convertvector(halves, Bytes8);
    std::memcpy(codes, &bytes, sizeof bytes);
  } else {
    std::memcpy(codes, &halves, sizeof halves);
  }
}

}  // namespace ckpt::tensor
