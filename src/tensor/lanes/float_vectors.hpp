// Eight numbers at a time, in vectors, which every compiler maps to what its target has: elements
// of any float to and from float32. In plain loops over numbers of different widths compilers
// narrow every mask as well, which takes a multiple of the time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

// How vectors are returned depends on the target; here all calls are inlined. They are passed by
// reference, because gcc has its doubts about that in a note, which cannot be silenced.
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

/// Codes of 8 or 16 bits. From single numbers gcc makes one instruction, of a conversion ten.
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
