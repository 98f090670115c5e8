// Numbers of protocol 0, which are lines of text, and integers of any length.
//
//   I12\n  I0x1f\n  I01\n (True)     C's strtol in base 0, then Python's literals
//   L12345678901234567890L\n         Python's literals: 0x, 0o, 0b, underscores
//   F-1.5e3\n  Finf\n
//
// Long integers are two's complement, little endian, with as few bytes as keep the sign: 0 is "",
// 255 is ff 00, -1 is ff.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ckpt::pickle {

/// Whether the line is "00" or "01", the booleans of protocol 1, or another text that CPython takes
/// for one.
bool is_boolean_line(std::string_view line);

/// The two's complement bytes of an INT line. Throws Error{malformed} when it is not an integer,
/// Error{limit} beyond 4300 decimal digits, which CPython refuses as well.
std::string parse_int_line(std::string_view line);
/// The same for a LONG line, with or without its L.
std::string parse_long_line(std::string_view line);
/// Throws Error{malformed} when the line is not a number or is beyond the largest double.
double parse_float_line(std::string_view line);

/// The index of a GET or PUT line as CPython reads it, up to a 0 byte: "+1" and "1_0" count as
/// numbers. Nothing when it is not a number or exceeds 64 bits.
std::optional<std::uint64_t> find_index(std::string_view line);

/// The key that Python makes of a line without such an index: the digits of an integer of any
/// length, else the line itself.
std::string index_key(std::string_view line);

/// `number` with as few bytes as keep its value.
std::string_view shortest_twos_complement(std::string_view number);
/// The value, if it fits.
std::optional<std::int64_t> find_int64(std::string_view twos_complement);
std::string to_twos_complement(std::int64_t number);

}  // namespace ckpt::pickle
