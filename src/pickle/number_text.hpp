// Numbers of protocol 0, which are lines of text, and integers of any length.
//
//   I12\n  I0x1f\n  I01\n (True)     C's strtol in base 0, then Python's literals
//   L12345678901234567890L\n         Python's literals: 0x, 0o, 0b, underscores
//   F-1.5e3\n  Finf\n
//
// Long integers are two's complement, little endian, in as few bytes as keep the sign: 0 is "",
// 255 is ff 00, -1 is ff.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckpt::pickle {

/// True for "00" and "01", the booleans of protocol 1, and whatever else CPython takes for them.
bool is_boolean_line(std::string_view line);

/// Two's complement bytes of the INT line. Throws Error{malformed} when it is no integer,
/// Error{limit} beyond 4300 decimal digits, which CPython refuses too.
std::string parse_int_line(std::string_view line);
/// The same of a LONG line, with or without its L.
std::string parse_long_line(std::string_view line);
/// Throws Error{malformed} when it is no number or beyond the largest double.
double parse_float_line(std::string_view line);

/// The index of a GET or PUT line as CPython reads it, up to a 0 byte: "+1" and "1_0" are numbers
/// too. Nothing when it is none, or beyond 64 bits.
std::optional<std::uint64_t> find_index(std::string_view line);

/// The key that Python makes of a line that is no such index: of an integer of any length its
/// digits, of anything else the line.
std::string index_key(std::string_view line);

/// `number` in as few bytes as keep its value.
std::string_view shortest_twos_complement(std::string_view number);
/// The value when it fits.
std::optional<std::int64_t> find_int64(std::string_view twos_complement);
std::string to_twos_complement(std::int64_t number);

}  // namespace ckpt::pickle
