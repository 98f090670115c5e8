// Python accepts more than one grammar for these lines: int() for LONG, strtol first for INT,
// float() for FLOAT. Each function follows CPython's own order of attempts.

#include "pickle/number_text.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::pickle {

namespace {

// sys.int_info.default_max_str_digits. Also limits the time of the quadratic conversion.
constexpr std::size_t most_decimal_digits = 4300;

[[noreturn]] void throw_no_number(std::string_view what, std::string_view line) {
  throw Error(ErrorKind::malformed, concat("expected ", what, ", got ", quote(line)));
}

std::string_view without_spaces(std::string_view text) {
  constexpr std::string_view spaces = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(spaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

/// The value of a digit in bases up to 16; 16 when it is not a digit.
unsigned digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return 16;
}

struct Digits {
  unsigned base = 10;
  std::string values = {};  ///< one byte per digit, most significant first
};

unsigned announced_base(std::string_view text) {
  if (text.size() < 2 || text[0] != '0') return 10;
  switch (text[1]) {
    case 'x':
    case 'X':
      return 16;
    case 'o':
    case 'O':
      return 8;
    case 'b':
    case 'B':
      return 2;
    default:
      return 10;
  }
}

/// The digits of a Python integer literal without its sign; nothing when it is not one.
std::optional<Digits> find_digits(std::string_view text) {
  Digits digits{announced_base(text)};
  bool may_underscore = digits.base != 10;
  if (digits.base != 10) text.remove_prefix(2);
  const bool starts_with_zero = text.starts_with('0');
  bool is_zero = true;
  for (const char next : text) {
    if (next == '_' && may_underscore) {
      may_underscore = false;
      continue;
    }
    const unsigned value = digit_value(next);
    if (value >= digits.base) return std::nullopt;
    digits.values += static_cast<char>(value);
    is_zero = is_zero && value == 0;
    may_underscore = true;
  }
  const bool is_old_octal = digits.base == 10 && starts_with_zero && !is_zero;
  if (digits.values.empty() || text.ends_with('_') || is_old_octal) return std::nullopt;
  return digits;
}

/// The magnitude as little-endian bytes.
std::string to_magnitude(const Digits& digits) {
  std::vector<std::uint32_t> words;
  for (const char digit : digits.values) {
    std::uint64_t carry = static_cast<std::uint8_t>(digit);
    for (std::uint32_t& word : words) {
      carry += std::uint64_t{word} * digits.base;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
  }
  std::string bytes;
  for (const std::uint32_t word : words)
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((word >> shift) & 0xFF);
  return bytes;
}

void negate(std::string& twos_complement) {
  unsigned carry = 1;
  for (char& byte : twos_complement) {
    const unsigned flipped =
        (~static_cast<unsigned>(static_cast<std::uint8_t>(byte)) & 0xFF) + carry;
    byte = static_cast<char>(flipped & 0xFF);
    carry = flipped >> 8;
  }
}

std::string parse_literal(std::string_view line) {
  std::string_view text = without_spaces(line);
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<Digits> digits = find_digits(text);
  if (!digits) throw_no_number("an integer", line);
  if (digits->values.size() > most_decimal_digits)
    throw Error(ErrorKind::limit, concat("expected at most ", most_decimal_digits, " digits, got ",
                                         digits->values.size()));
  std::string number = to_magnitude(*digits) + '\0';
  if (is_negative) negate(number);
  return std::string(shortest_twos_complement(number));
}

/// The result of C's strtol with base 0, if it reads all of `line`; else nothing.
std::optional<std::int64_t> find_c_integer(const std::string& line) {
  char* end = nullptr;
  errno = 0;
  const long long number = std::strtoll(line.c_str(), &end, 0);
  if (errno != 0 || end != line.c_str() + line.size() || line.empty()) return std::nullopt;
  return number;
}

}  // namespace

bool is_boolean_line(std::string_view line) {
  if (line.size() != 2) return false;
  const std::optional<std::int64_t> number = find_c_integer(std::string(line));
  return number == 0 || number == 1;
}

std::string parse_int_line(std::string_view line) {
  const std::optional<std::int64_t> number = find_c_integer(std::string(line));
  return number ? to_twos_complement(*number) : parse_literal(line);
}

std::string parse_long_line(std::string_view line) {
  return parse_literal(line.ends_with('L') ? line.substr(0, line.size() - 1) : line);
}

double parse_float_line(std::string_view line) {
  const bool has_plus = line.starts_with('+') && !line.substr(1).starts_with('-');
  const std::string text(has_plus ? line.substr(1) : line);
  const char* const end = text.data() + text.size();
  double number = 0;
  const auto [read_end, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::invalid_argument || read_end != end || text.ends_with(')'))
    throw_no_number("a number", line);
  // from_chars does not tell too small from too large.
  if (error == std::errc::result_out_of_range) number = std::strtod(text.c_str(), nullptr);
  if (error != std::errc{} && std::isinf(number)) throw_no_number("a number within range", line);
  return number;
}

std::optional<std::uint64_t> find_index(std::string_view line) {
  std::string_view text = without_spaces(line.substr(0, line.find('\0')));
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const bool has_loose_underscore =
      text.starts_with('_') || text.ends_with('_') || text.find("__") != std::string_view::npos;
  if (has_loose_underscore) return std::nullopt;
  std::string digits(text);
  std::erase(digits, '_');
  const std::optional<std::uint64_t> index = find_unsigned(digits);
  return is_negative && index != 0 ? std::nullopt : index;
}

std::string index_key(std::string_view line) {
  std::string digits(without_spaces(line));
  std::erase(digits, '_');
  if (digits.starts_with('+')) digits.erase(0, 1);
  const bool is_number =
      !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) return std::string(line);
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
}

std::string_view shortest_twos_complement(std::string_view number) {
  const auto byte_at = [number](std::size_t index) {
    return static_cast<std::uint8_t>(number[index]);
  };
  std::size_t size = number.size();
  while (size > 0) {
    const bool next_is_negative = size > 1 && (byte_at(size - 2) & 0x80) != 0;
    if (byte_at(size - 1) != (next_is_negative ? 0xFF : 0x00)) break;
    --size;
  }
  return number.substr(0, size);
}

std::optional<std::int64_t> find_int64(std::string_view twos_complement) {
  const std::string_view shortest = shortest_twos_complement(twos_complement);
  if (shortest.size() > 8) return std::nullopt;
  if (shortest.empty()) return 0;
  const bool is_negative = (static_cast<std::uint8_t>(shortest.back()) & 0x80) != 0;
  std::uint64_t bits = is_negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = shortest.size(); i-- > 0;)
    bits = (bits << 8) | static_cast<std::uint8_t>(shortest[i]);
  return static_cast<std::int64_t>(bits);
}

std::string to_twos_complement(std::int64_t number) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8)
    bytes += static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xFF);
  return std::string(shortest_twos_complement(bytes));
}

}  // namespace ckpt::pickle
