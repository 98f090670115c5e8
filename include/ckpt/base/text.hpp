// Text functions that depend on no locale and no formatting state: join, split, quote, and numbers
// as text.
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

/// Joins texts and numbers: concat("byte ", 17, ": ...") is "byte 17: ...".
template <class... Pieces>
std::string concat(const Pieces&... pieces) {
  std::string out;
  (text_detail::append(out, pieces), ...);
  return out;
}

/// `text` without white space at its ends: blank, tab, \n, \r, \v and \f.
std::string_view trimmed(std::string_view text);

/// split("a,b", ',') is {"a", "b"}; split("", ',') is {""}. The pieces point into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// join({"a", "b"}, ", ") is "a, b".
std::string join(const std::vector<std::string>& pieces, std::string_view separator);

/// `text` in single quotes for a message. Control bytes and invalid UTF-8 are escaped as \n, \x1b,
/// \xff; a text of more than 200 bytes is shortened with "...".
std::string quote(std::string_view text);

/// "3x4" for {3, 4}; "scalar" for {}.
std::string shape_text(const std::vector<std::int64_t>& shape);

/// "0x1f"
std::string hex_text(std::uint64_t number);

/// counted(1, "tensor") is "1 tensor", counted(2, "tensor") is "2 tensors". `plural` is needed
/// where it is not the singular with an s.
std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural = {});

/// The number when all of `text` is one decimal number; else nothing.
std::optional<std::int64_t> find_integer(std::string_view text);
std::optional<std::uint64_t> find_unsigned(std::string_view text);

/// The shortest decimal that reads back as the same double, spelled as Python's repr does: 1.0,
/// 0.1, 1e-05, 1e+16, inf, nan.
std::string real_text(double number);

}  // namespace ckpt
