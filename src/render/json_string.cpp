// JSON strings: what JSON requires to be escaped, and what is escaped so that a terminal cannot
// obey it.
#include <array>
#include <cstring>

#include "ckpt/base/utf8.hpp"
#include "ckpt/render/json.hpp"

namespace ckpt::render {

namespace {

/// Bytes that are written unchanged: printable ASCII except the quote and the backslash.
constexpr std::array<bool, 256> plain_bytes_table = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = ' '; byte <= '~'; ++byte) is_plain[byte] = true;
  is_plain['"'] = false;
  is_plain['\\'] = false;
  return is_plain;
}();

bool is_plain(char c) { return plain_bytes_table[static_cast<unsigned char>(c)]; }

constexpr std::uint64_t in_every_byte(std::uint64_t byte) { return byte * 0x0101010101010101; }

/// Marks the bytes of `word` that are 0. Marks above the first one may be wrong, which does not
/// matter.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - in_every_byte(1)) & ~word & in_every_byte(0x80);
}

/// Checks eight bytes at once: keys are long and nearly always plain.
bool are_eight_plain(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t beyond_ascii = word & in_every_byte(0x80);
  const std::uint64_t controls = (word - in_every_byte(' ')) & ~word & in_every_byte(0x80);
  return (beyond_ascii | controls | zero_bytes(word ^ in_every_byte('"')) |
          zero_bytes(word ^ in_every_byte('\\')) | zero_bytes(word ^ in_every_byte(0x7F))) == 0;
}

std::size_t count_plain(std::string_view text) {
  std::size_t count = 0;
  while (count + 8 <= text.size() && are_eight_plain(text.data() + count)) count += 8;
  while (count < text.size() && is_plain(text[count])) ++count;
  return count;
}

void append_unicode_escape(std::string& out, char32_t code) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += "0123456789abcdef"[(code >> shift) & 0xF];
}

void append_ascii_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      append_unicode_escape(out, static_cast<unsigned char>(c));
      return;
  }
}

void append_beyond_ascii(std::string& out, std::string_view character, const Utf8Char& decoded) {
  if (!decoded.is_valid) {
    append_utf8(out, 0xFFFD);
  } else if (decoded.code <= 0xFFFF && escape_controls(character) != character) {
    append_unicode_escape(out, decoded.code);
  } else {
    out += character;
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t plain_bytes = count_plain(text);
    out += text.substr(0, plain_bytes);
    text.remove_prefix(plain_bytes);
    if (text.empty()) break;
    const Utf8Char next = decode_utf8(text);
    if (next.is_valid && next.code < 0x80) {
      append_ascii_escape(out, text.front());
    } else {
      append_beyond_ascii(out, text.substr(0, next.size_bytes), next);
    }
    text.remove_prefix(next.size_bytes);
  }
  out += '"';
}

}  // namespace ckpt::render
