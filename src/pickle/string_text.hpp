// Strings of protocol 0, which are lines of text.
//
//   S'a\'b\x00'\n    a Python 2 repr: quoted, escapes as in Python's bytes literals
//   Vab\u00e9\n      raw-unicode-escape: Latin-1 but for \uXXXX and \UXXXXXXXX
#pragma once

#include <string>
#include <string_view>

namespace ckpt::pickle {

/// The bytes of a STRING line. Throws Error{malformed} when quotes or escapes are wrong.
std::string parse_string_line(std::string_view line);
/// The text of a UNICODE line as UTF-8. Throws Error{malformed} when an escape is wrong.
std::string parse_unicode_line(std::string_view line);

/// UTF-8 as the base layer takes it: lone surrogates count as characters.
bool is_loose_utf8(std::string_view text);
/// UTF-8 as the standard has it: no surrogates.
bool is_strict_utf8(std::string_view text);

}  // namespace ckpt::pickle
