#include "ckpt/base/text.hpp"

#include <array>
#include <cmath>

#include "ckpt/base/utf8.hpp"

namespace ckpt {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t start = 0;
  for (std::size_t at = text.find(separator); at != std::string_view::npos;
       at = text.find(separator, start)) {
    pieces.push_back(text.substr(start, at - start));
    start = at + 1;
  }
  pieces.push_back(text.substr(start));
  return pieces;
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
  std::string out;
  for (const std::string& piece : pieces) {
    if (&piece != &pieces.front()) out += separator;
    out += piece;
  }
  return out;
}

std::string quote(std::string_view text) {
  constexpr std::size_t longest_bytes = 200;
  const bool is_cut = text.size() > longest_bytes;
  return concat('\'', escape_controls(text.substr(0, longest_bytes)), is_cut ? "..." : "", '\'');
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return "scalar";
  std::string out;
  for (const std::int64_t size : shape) out += concat(out.empty() ? "" : "x", size);
  return out;
}

std::string hex_text(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return concat("0x",
                std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
}

std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural) {
  if (count == 1) return concat("1 ", singular);
  return plural.empty() ? concat(count, ' ', singular, 's') : concat(count, ' ', plural);
}

namespace {

template <class Number>
std::optional<Number> find_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<std::int64_t> find_integer(std::string_view text) {
  return find_number<std::int64_t>(text);
}

std::optional<std::uint64_t> find_unsigned(std::string_view text) {
  return find_number<std::uint64_t>(text);
}

std::string real_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  // Python uses positional notation for exponents from -4 to 15, else scientific notation.
  const double magnitude = std::fabs(number);
  const bool is_positional = number == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  std::array<char, 40> digits{};
  const auto format = is_positional ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, format).ptr;
  std::string out(digits.data(), end);
  if (is_positional && out.find('.') == std::string::npos) out += ".0";
  return out;
}

}  // namespace ckpt
