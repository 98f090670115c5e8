// UTF-8 as Python's pickler writes it: surrogates (0xD800..0xDFFF) may stand alone, encoded in
// three bytes ("surrogatepass"). Everything else that is not UTF-8 is reported byte by byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckpt {

/// One decoded character, or one byte that is not part of any.
struct Utf8Char {
  char32_t code = 0;  ///< the code point, or the byte itself when !is_valid
  std::uint8_t size_bytes = 1;
  bool is_valid = false;
};

/// The character at the start of `text`, which must not be empty.
Utf8Char decode_utf8(std::string_view text);

void append_utf8(std::string& out, char32_t code);

/// True when every byte belongs to a character; lone surrogates count as characters.
bool is_utf8(std::string_view text);

/// The bytes whose Latin-1 text is `text`, as pickles of protocol 2 keep bytes; nothing when a
/// character is beyond U+00FF.
std::optional<std::string> find_latin1(std::string_view text);

/// For people: C0, DEL, C1, bidirectional controls, surrogates and invalid bytes become \n, \x1b,
/// \u202e, \xff; a backslash stays as it is.
std::string escape_controls(std::string_view text);

}  // namespace ckpt
