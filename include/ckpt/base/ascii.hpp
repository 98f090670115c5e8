// Case conversion of ASCII letters. std::tolower depends on the locale of the process; names of
// formats and folders must not.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace ckpt {

constexpr char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), to_lower);
  return lower;
}

}  // namespace ckpt
