#include "ckpt/base/big_integer.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

/// Divides the number in `digits`, base 2^32 and least significant first, by 10^9.
std::uint32_t divide_by_billion(std::vector<std::uint32_t>& digits) {
  std::uint64_t rest = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const std::uint64_t part = (rest << 32) | digits[i];
    digits[i] = static_cast<std::uint32_t>(part / 1'000'000'000);
    rest = part % 1'000'000'000;
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  return static_cast<std::uint32_t>(rest);
}

/// Two's complement, little endian, to digits of the magnitude.
std::vector<std::uint32_t> magnitude_of(std::string_view bytes, bool is_negative) {
  std::vector<std::uint32_t> digits((bytes.size() + 3) / 4);
  std::uint32_t carry = is_negative ? 1 : 0;
  for (std::size_t i = 0; i < digits.size() * 4; ++i) {
    const auto stored =
        static_cast<unsigned char>(i < bytes.size() ? bytes[i] : (is_negative ? '\xff' : '\0'));
    const std::uint32_t byte = (is_negative ? static_cast<unsigned char>(~stored) : stored) + carry;
    carry = byte >> 8;
    digits[i / 4] |= (byte & 0xFF) << (8 * (i % 4));
  }
  return digits;
}

}  // namespace

std::string big_integer_text(std::string_view twos_complement) {
  constexpr std::size_t most_bytes = 4096;  // the conversion takes quadratic time
  if (twos_complement.size() > most_bytes)
    return concat("an integer of ", twos_complement.size(), " bytes");
  const bool is_negative =
      !twos_complement.empty() && (static_cast<unsigned char>(twos_complement.back()) & 0x80) != 0;
  std::vector<std::uint32_t> digits = magnitude_of(twos_complement, is_negative);
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::string reversed;
  while (!digits.empty()) {
    std::uint32_t part = divide_by_billion(digits);
    for (int i = 0; i < 9 && (part > 0 || !digits.empty()); ++i, part /= 10)
      reversed += static_cast<char>('0' + part % 10);
  }
  if (reversed.empty()) reversed = "0";
  if (is_negative) reversed += '-';
  std::ranges::reverse(reversed);
  return reversed;
}

}  // namespace ckpt
