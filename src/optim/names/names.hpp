// Dotted names of parameters: their parts, and what the parts say.
#pragma once

#include <string>
#include <string_view>

#include "ckpt/base/text.hpp"

namespace ckpt::optim {

/// "weight" for "layer1.0.weight".
inline std::string_view leaf_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

/// "layer1.0" for "layer1.0.weight"; "" for a name without dots.
inline std::string_view parent_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

inline std::string join_name(std::string_view parent, std::string_view leaf) {
  return parent.empty() ? std::string(leaf) : concat(parent, '.', leaf);
}

inline bool is_digits(std::string_view part) {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string to_lower(std::string_view text);

/// Whether the last part of the module is like "ln_1", "bn2", "layernorm", "final_norm".
bool looks_like_norm(std::string_view module);

/// Whether Hugging Face's trainer excludes it from weight decay: its name has bias, layernorm,
/// rmsnorm or norm as a part.
bool is_undecayed_by_name(std::string_view name);

}  // namespace ckpt::optim
