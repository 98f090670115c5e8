// Strings of protocol 0, which are lines of text.
//
//   S'a\'b\x00'\n    a Python 2 repr: quoted, with the escapes of Python's bytes literals
//   Vab\u00e9\n      raw-unicode-escape: Latin-1 except for \uXXXX and \UXXXXXXXX
#pragma once

#include <string>
#include <string_view>

namespace ckpt::pickle {

/// The bytes of a STRING line. Throws Error{malformed} for wrong quotes or escapes.
std::string parse_string_line(std::string_view line);
/// The text of a UNICODE line as UTF-8. Throws Error{malformed} for a wrong escape.
std::string parse_unicode_line(std::string_view line);

/// Whether `text` is UTF-8 in the sense of base/utf8.hpp: lone surrogates are allowed.
bool is_loose_utf8(std::string_view text);
/// Whether `text` is UTF-8 in the sense of the standard: no surrogates.
bool is_strict_utf8(std::string_view text);

}  // namespace ckpt::pickle
