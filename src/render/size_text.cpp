#include "ckpt/render/size_text.hpp"

#include <array>
#include <charconv>
#include <span>
#include <string_view>

#include "ckpt/base/text.hpp"

namespace ckpt::render {

namespace {

constexpr std::array<std::string_view, 7> byte_units = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
constexpr std::array<std::string_view, 7> count_units = {"", "k", "M", "G", "T", "P", "E"};

std::string fixed_text(double number, int decimals) {
  std::array<char, 340> digits{};  // the largest double has 309 digits in front of the point
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  return {digits.data(), end};
}

struct Scaled {
  double number;
  std::size_t unit;
};

/// The unit in which `number` prints below 1000 after rounding: 999,950 is "1.0 M".
Scaled scale(double number) {
  std::size_t unit = 0;
  while (unit + 1 < byte_units.size() && number >= (unit == 0 ? 999.5 : 999.95)) {
    number /= 1000;
    ++unit;
  }
  return {number, unit};
}

std::string with_unit(double number, std::span<const std::string_view> units) {
  const Scaled scaled = scale(number);
  const std::string digits = fixed_text(scaled.number, scaled.unit == 0 ? 0 : 1);
  const std::string_view unit = units[scaled.unit];
  return unit.empty() ? digits : concat(digits, ' ', unit);
}

}  // namespace

std::string human_bytes(std::uint64_t size_bytes) {
  return with_unit(static_cast<double>(size_bytes), byte_units);
}

std::string human_count(std::uint64_t count) {
  return with_unit(static_cast<double>(count), count_units);
}

std::string human_rate(double bytes_per_second) {
  if (!(bytes_per_second > 0)) return "0 B/s";
  const Scaled scaled = scale(bytes_per_second);
  const int decimals = scaled.unit == 0 || scaled.number >= 9.95 ? 0 : 1;
  return concat(fixed_text(scaled.number, decimals), ' ', byte_units[scaled.unit], "/s");
}

std::string human_seconds(double seconds) {
  if (!(seconds > 0)) return "0.0 ms";
  if (seconds < 0.00995) return concat(fixed_text(seconds * 1000, 1), " ms");
  if (seconds < 9.995) return concat(fixed_text(seconds, 2), " s");
  if (seconds < 59.95) return concat(fixed_text(seconds, 1), " s");
  // Limits the number: beyond 10,000 years it means nothing.
  const auto whole_seconds = static_cast<std::uint64_t>(seconds < 3e11 ? seconds + 0.5 : 3e11);
  const std::uint64_t minutes = whole_seconds / 60;
  if (minutes < 60) return concat(minutes, " min ", whole_seconds % 60, " s");
  return concat(minutes / 60, " h ", minutes % 60, " min");
}

}  // namespace ckpt::render
