#include "optim/names/names.hpp"

#include <algorithm>
#include <vector>

namespace ckpt::optim {

namespace {

bool contains(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Matches ln_?\w*
bool is_ln(std::string_view part) {
  return part.starts_with("ln") && std::ranges::all_of(part, is_word);
}

/// Matches bn\d*
bool is_bn(std::string_view part) {
  return part == "bn" || (part.starts_with("bn") && is_digits(part.substr(2)));
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

bool looks_like_norm(std::string_view module) {
  const std::string lower = to_lower(module);
  const std::string_view part = leaf_of(lower);
  return part.ends_with("layernorm") || part.ends_with("rmsnorm") || part == "norm" ||
         part.ends_with("_norm") || is_ln(part) || is_bn(part);
}

bool is_undecayed_by_name(std::string_view name) {
  const std::string lower = to_lower(name);
  if (contains(lower, "bias") || contains(lower, "layernorm") || contains(lower, "rmsnorm"))
    return true;
  return std::ranges::any_of(split(lower, '.'), [](std::string_view part) {
    return part == "norm" || part.ends_with("_norm");
  });
}

}  // namespace ckpt::optim
