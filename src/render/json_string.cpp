// The strings of JSON: what must be escaped, and what is escaped so that no terminal obeys it.
#include <algorithm>
#include <array>

#include "ckpt/base/utf8.hpp"
#include "ckpt/render/json.hpp"

namespace ckpt::render {

namespace {

/// Bytes that stand for themselves: printable ASCII but the quote and the backslash.
constexpr std::array<bool, 256> plain_bytes_table = [] {
  std::array<bool, 256> is_plain{};
  for (std::size_t byte = ' '; byte <= '~'; ++byte) is_plain[byte] = true;
  is_plain['"'] = false;
  is_plain['\\'] = false;
  return is_plain;
}();

bool is_plain(char c) { return plain_bytes_table[static_cast<unsigned char>(c)]; }

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
    const auto plain_end = std::ranges::find_if_not(text, is_plain);
    const auto plain_bytes = static_cast<std::size_t>(plain_end - text.begin());
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
