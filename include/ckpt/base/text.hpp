// Text without locales or formatting state: joining, splitting, quoting and numbers.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt {

namespace text_detail {

inline void append(std::string& out, std::string_view piece) { out += piece; }
inline void append(std::string& out, char piece) { out += piece; }

template <std::integral Number>
requires(!std::same_as<Number, char> && !std::same_as<Number, bool>) void append(std::string& out,
                                                                                 Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace text_detail

/// "byte " and 17 and ": ..." become "byte 17: ...".
template <class... Pieces>
std::string concat(const Pieces&... pieces) {
  std::string out;
  (text_detail::append(out, pieces), ...);
  return out;
}

/// `text` without the white space at either end: blanks, tabs, line ends, \v and \f.
std::string_view trimmed(std::string_view text);

/// "a,b" split at ',' is {"a", "b"}; "" is {""}. The pieces point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// {"a", "b"} joined by ", " is "a, b".
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// 'text' for messages: in single quotes, control bytes and invalid UTF-8 escaped as \n, \x1b,
/// \xff; anything beyond 200 bytes elided as "...".
std::string quote(std::string_view text);

/// "3x4" for {3, 4}; "scalar" for {}.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// "0x1f"
std::string hex_text(std::uint64_t number);

/// "1 tensor", "2 tensors"; the plural is the singular with an s unless it is given.
std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural = {});

/// The whole of `text` as a decimal number, or nothing.
std::optional<std::int64_t> find_integer(std::string_view text);
std::optional<std::uint64_t> find_unsigned(std::string_view text);

/// Shortest decimal that reads back as the same double, as Python's repr prints it:
/// 1.0, 0.1, 1e-05, 1e+16, inf, nan.
std::string real_text(double number);

}  // namespace ckpt
