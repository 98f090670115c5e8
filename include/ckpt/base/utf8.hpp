// UTF-8 as Python's pickler writes it. A Python str may hold lone surrogates (0xD800 to 0xDFFF);
// the pickler encodes each in three bytes ("surrogatepass"), which strict UTF-8 forbids. Here they
// count as characters. Any other invalid byte is reported singly, so that no byte of a name is
// lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckpt {

/// One decoded character, or one byte that belongs to no character.
struct Utf8Char {
  char32_t code = 0;  ///< the code point, or the byte itself when !is_valid
  std::uint8_t size_bytes = 1;
  bool is_valid = false;
};

/// The character at the start of `text`, which must not be empty.
Utf8Char decode_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code);

/// Whether every byte of `text` belongs to a character. Lone surrogates count as characters.
bool is_utf8(std::string_view text);

/// The bytes b for which `text` is b.decode('latin-1'): pickle protocol 2 stores bytes as such a
/// text. Nothing when a character is beyond U+00FF.
std::optional<std::string> find_latin1(std::string_view text);

/// `text` with everything made visible that can steer a terminal or hide text: C0 and C1 controls,
/// DEL, bidirectional controls, surrogates and invalid bytes become \n, \x1b, \u202e, \xff.
/// Backslashes are not doubled, so the result is for people, not for parsing.
std::string escape_controls(std::string_view text);

}  // namespace ckpt
