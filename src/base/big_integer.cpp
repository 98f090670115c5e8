// Conversion between base 2^32 (as groups of four bytes) and base 10^9. Both directions are the
// schoolbook algorithm, quadratic in the length, hence the limit of 4096 bytes.

#include "ckpt/base/big_integer.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

/// Divides `digits` (base 2^32, least significant first) by 10^9; returns the remainder.
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

/// The magnitude of a little-endian two's complement number, as digits of base 2^32.
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

namespace {

/// digits = digits * 10^9 + part
void append_billion(std::vector<std::uint32_t>& digits, std::uint32_t factor, std::uint32_t part) {
  std::uint64_t carry = part;
  for (std::uint32_t& digit : digits) {
    carry += std::uint64_t{digit} * factor;
    digit = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry > 0) digits.push_back(static_cast<std::uint32_t>(carry));
}

/// Two's complement with as few bytes as the sign bit allows.
std::string bytes_of(const std::vector<std::uint32_t>& magnitude, bool is_negative) {
  std::string bytes;
  std::uint32_t carry = is_negative ? 1 : 0;
  for (std::size_t i = 0; i <= 4 * magnitude.size(); ++i) {
    const std::uint32_t digit = i / 4 < magnitude.size() ? magnitude[i / 4] : 0;
    const std::uint32_t byte = digit >> (8 * (i % 4)) & 0xFF;
    const std::uint32_t stored = (is_negative ? ~byte & 0xFF : byte) + carry;
    carry = stored >> 8;
    bytes += static_cast<char>(stored & 0xFF);
  }
  const auto sign_of = [](char byte) { return (static_cast<unsigned char>(byte) & 0x80) != 0; };
  const char filler = is_negative ? '\xff' : '\0';
  while (bytes.size() > 1 && bytes.back() == filler &&
         sign_of(bytes[bytes.size() - 2]) == is_negative)
    bytes.pop_back();
  return bytes;
}

}  // namespace

std::optional<std::string> find_big_integer(std::string_view decimal) {
  const bool is_negative = decimal.starts_with('-');
  if (is_negative) decimal.remove_prefix(1);
  if (decimal.empty() || decimal.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::vector<std::uint32_t> digits;
  while (!decimal.empty()) {
    std::uint32_t factor = 1;
    std::uint32_t part = 0;
    for (int i = 0; i < 9 && !decimal.empty(); ++i, factor *= 10, decimal.remove_prefix(1))
      part = part * 10 + static_cast<std::uint32_t>(decimal.front() - '0');
    append_billion(digits, factor, part);
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  return bytes_of(digits, is_negative && !digits.empty());
}

}  // namespace ckpt
