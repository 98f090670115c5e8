// Keys with shapes, as the inputs of targets write them: "fc.weight 3x4", one a line.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_plan.hpp"
#include "fuzz.hpp"

namespace ckpt::fuzz {

/// What stands between the parts of an input.
inline constexpr std::string_view divider = "\n%%\n";

struct Parts {
  std::string_view first;
  std::string_view second;
};

inline Parts parts_of(std::string_view text) {
  const std::size_t at = text.find(divider);
  if (at == std::string_view::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + divider.size())};
}

inline std::vector<std::int64_t> shape_of(std::string_view text) {
  std::vector<std::int64_t> shape;
  for (const std::string_view size : split(text, 'x'))
    if (const auto number = find_integer(size); number && *number >= 0) shape.push_back(*number);
  return shape;
}

/// No key occurs twice, as in a checkpoint.
inline std::vector<match::KeyFacts> key_facts_of(std::string_view text) {
  constexpr std::size_t most_keys = 40;
  std::vector<match::KeyFacts> keys;
  for (const std::string_view line : split(text, '\n')) {
    const std::size_t gap = std::min(line.find(' '), line.size());
    const std::string_view key = line.substr(0, gap);
    if (key.empty() || keys.size() == most_keys) continue;
    if (std::ranges::find(keys, key, &match::KeyFacts::key) != keys.end()) continue;
    keys.push_back({.key = std::string(key), .shape = shape_of(line.substr(gap))});
  }
  return keys;
}

}  // namespace ckpt::fuzz
