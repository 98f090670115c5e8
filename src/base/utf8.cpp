// Accepts the sequences of RFC 3629 and encoded surrogates; overlong forms and codes above U+10FFFF
// are invalid.

#include "ckpt/base/utf8.hpp"

#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

/// The number of bytes that a lead byte announces; 0 for a byte that cannot lead.
std::uint8_t announced_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

bool is_overlong_or_beyond(char32_t code, std::uint8_t size_bytes) {
  return (size_bytes == 3 && code < 0x800) || (size_bytes == 4 && code < 0x10000) ||
         code > 0x10FFFF;
}

bool needs_escape(char32_t code) {
  const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool is_bidirectional = code == 0x061C || code == 0x200E || code == 0x200F ||
                                (code >= 0x202A && code <= 0x202E) ||
                                (code >= 0x2066 && code <= 0x2069);
  const bool is_line_break = code == 0x2028 || code == 0x2029;
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return is_control || is_bidirectional || is_line_break || is_surrogate;
}

void append_hex(std::string& out, char32_t code, int digits) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[(code >> shift) & 0xF];
}

void append_escape(std::string& out, char32_t code) {
  switch (code) {
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
      break;
  }
  out += code < 0x100 ? "\\x" : "\\u";
  append_hex(out, code, code < 0x100 ? 2 : 4);
}

}  // namespace

Utf8Char decode_utf8(std::string_view text) {
  const std::uint8_t lead = byte_at(text, 0);
  const std::uint8_t size_bytes = announced_bytes(lead);
  const Utf8Char invalid{lead, 1, false};
  if (size_bytes == 0 || size_bytes > text.size()) return invalid;
  if (size_bytes == 1) return {lead, 1, true};
  char32_t code = static_cast<char32_t>(lead & (0xFF >> (size_bytes + 1)));
  for (std::uint8_t i = 1; i < size_bytes; ++i) {
    if ((byte_at(text, i) & 0xC0) != 0x80) return invalid;
    code = (code << 6) | (byte_at(text, i) & 0x3Fu);
  }
  if (is_overlong_or_beyond(code, size_bytes)) return invalid;
  return {code, size_bytes, true};
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char next = decode_utf8(text);
    if (!next.is_valid) return false;
    text.remove_prefix(next.size_bytes);
  }
  return true;
}

std::optional<std::string> find_latin1(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char next = decode_utf8(text);
    if (!next.is_valid || next.code > 0xFF) return std::nullopt;
    bytes += static_cast<char>(next.code);
    text.remove_prefix(next.size_bytes);
  }
  return bytes;
}

std::string escape_controls(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Char next = decode_utf8(text);
    if (!next.is_valid) {
      out += "\\x";
      append_hex(out, next.code, 2);
    } else if (needs_escape(next.code)) {
      append_escape(out, next.code);
    } else {
      out += text.substr(0, next.size_bytes);
    }
    text.remove_prefix(next.size_bytes);
  }
  return out;
}

}  // namespace ckpt
