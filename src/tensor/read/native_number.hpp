// Reads and writes one number in this machine's byte order, at any alignment.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace ckpt::tensor {

template <class Number>
Number load(const std::byte* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

template <class Number>
void store(std::byte* bytes, Number number) {
  std::memcpy(bytes, &number, sizeof number);
}

/// A number of 1, 2, 4 or 8 bytes, extended with zeros.
inline std::uint64_t load_unsigned(std::size_t size_bytes, const std::byte* bytes) {
  switch (size_bytes) {
    case 1:
      return load<std::uint8_t>(bytes);
    case 2:
      return load<std::uint16_t>(bytes);
    case 4:
      return load<std::uint32_t>(bytes);
    default:
      return load<std::uint64_t>(bytes);
  }
}

/// The double nearest to an integer. A 64-bit integer is split in two halves, which become
/// mantissas of doubles with the right exponents: AVX2 converts only 32-bit integers.
template <class Integer>
[[gnu::always_inline]] inline double to_double(Integer number) {
  if constexpr (sizeof(Integer) < 8 || std::is_floating_point_v<Integer>) {
    return static_cast<double>(number);
  } else {
    constexpr std::uint64_t sign = std::is_signed_v<Integer> ? std::uint64_t{1} << 63 : 0;
    constexpr double both = 0x1p84 + 0x1p52 + (sign != 0 ? 0x1p63 : 0);
    const std::uint64_t bits = static_cast<std::uint64_t>(number) ^ sign;
    // The first is 2^84 plus 2^32 times the high half, the second is 2^52 plus the low half.
    const auto high = std::bit_cast<double>((bits >> 32) | 0x4530'0000'0000'0000);
    const auto low = std::bit_cast<double>((bits & 0xffff'ffff) | 0x4330'0000'0000'0000);
    return (high - both) + low;
  }
}

}  // namespace ckpt::tensor
