// Escapes of Python 2 byte strings and of raw-unicode-escape text.

#include "pickle/string_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"

namespace ckpt::pickle {

namespace {

bool is_ascii(std::string_view text) {
  // Eight bytes at a time: every key of a checkpoint passes through here.
  std::uint64_t seen = 0;
  while (text.size() >= sizeof seen) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    seen |= word;
    text.remove_prefix(sizeof seen);
  }
  for (const char byte : text) seen |= static_cast<std::uint8_t>(byte);
  return (seen & 0x8080'8080'8080'8080) == 0;
}

/// The first `count` characters of `text` as a number in `base`; nothing when one is not a digit.
std::optional<std::uint32_t> find_code(std::string_view text, std::size_t count, int base) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t code = 0;
  const char* const end = text.data() + count;
  const auto [read_end, error] = std::from_chars(text.data(), end, code, base);
  if (error != std::errc{} || read_end != end) return std::nullopt;
  return code;
}

[[noreturn]] void throw_bad_escape(std::string_view text) {
  throw Error(ErrorKind::malformed,
              concat("expected a complete escape, got ", quote(text.substr(0, 10))));
}

bool is_octal_digit(char byte) { return byte >= '0' && byte <= '7'; }

/// Decodes the escape at the start of `text`; returns the number of characters it took.
std::size_t append_escaped_byte(std::string& out, std::string_view text) {
  constexpr std::string_view letters = "\\'\"bftnrva";
  constexpr std::string_view meanings = "\\'\"\b\f\t\n\r\v\a";
  if (text.size() < 2) throw_bad_escape(text);
  if (const std::size_t at = letters.find(text[1]); at != std::string_view::npos) {
    out += meanings[at];
    return 2;
  }
  if (text[1] == 'x') {
    const std::optional<std::uint32_t> code = find_code(text.substr(2), 2, 16);
    if (!code) throw_bad_escape(text);
    out += static_cast<char>(*code);
    return 4;
  }
  if (is_octal_digit(text[1])) {
    const std::string_view digits = text.substr(1, 3);
    const auto count =
        static_cast<std::size_t>(std::ranges::find_if_not(digits, is_octal_digit) - digits.begin());
    out += static_cast<char>(*find_code(digits, count, 8) & 0xFF);
    return 1 + count;
  }
  out += text.substr(0, 2);
  return 2;
}

/// Decodes the backslash and its sequence; returns the number of characters it took.
std::size_t append_escaped_unicode(std::string& out, std::string_view text) {
  const bool is_escape = text.size() > 1 && (text[1] == 'u' || text[1] == 'U');
  if (!is_escape) {
    // A doubled backslash means that the next letter starts no escape.
    const std::size_t count = text.starts_with("\\\\") ? 2 : 1;
    out += text.substr(0, count);
    return count;
  }
  const std::size_t digit_count = text[1] == 'u' ? 4 : 8;
  const std::optional<std::uint32_t> code = find_code(text.substr(2), digit_count, 16);
  if (!code || *code > 0x10FFFF) throw_bad_escape(text);
  append_utf8(out, static_cast<char32_t>(*code));
  return 2 + digit_count;
}

}  // namespace

std::string parse_string_line(std::string_view line) {
  const bool is_quoted = line.size() >= 2 && line.front() == line.back() &&
                         (line.front() == '\'' || line.front() == '"');
  if (!is_quoted)
    throw Error(ErrorKind::malformed, concat("expected a string in quotes, got ", quote(line)));
  std::string_view rest = line.substr(1, line.size() - 2);
  std::string out;
  while (!rest.empty()) {
    const std::size_t plain = std::min(rest.find('\\'), rest.size());
    out += rest.substr(0, plain);
    rest.remove_prefix(plain);
    if (!rest.empty()) rest.remove_prefix(append_escaped_byte(out, rest));
  }
  return out;
}

std::string parse_unicode_line(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    std::size_t count = 1;
    if (line.front() == '\\')
      count = append_escaped_unicode(out, line);
    else
      append_utf8(out, static_cast<std::uint8_t>(line.front()));
    line.remove_prefix(count);
  }
  return out;
}

bool is_loose_utf8(std::string_view text) { return is_ascii(text) || is_utf8(text); }

bool is_strict_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  while (!text.empty()) {
    const Utf8Char next = decode_utf8(text);
    const bool is_surrogate = next.code >= 0xD800 && next.code <= 0xDFFF;
    if (!next.is_valid || is_surrogate) return false;
    text.remove_prefix(next.size_bytes);
  }
  return true;
}

}  // namespace ckpt::pickle
