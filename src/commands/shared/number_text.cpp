#include "commands/shared/number_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include "ckpt/base/text.hpp"

namespace ckpt::commands {

std::string short_number(double number) {
  if (!std::isfinite(number)) return real_text(number);
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 std::chars_format::general, 3)
                       .ptr;
  return {digits.data(), end};
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (part == whole) return "100 %";
  const double percent = 100 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1 %";
  if (percent > 99.9) return ">99.9 %";
  return concat(short_number(percent), " %");
}

}  // namespace ckpt::commands
