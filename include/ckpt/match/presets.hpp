// The rule files that the program comes with: conversions between libraries.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ckpt::match {

struct Preset {
  std::string_view name;  ///< "timm-vit/hf-vit"
  std::string_view text;  ///< a rule file; its first comment says what it is
};

/// All of them, in order of their names.
std::span<const Preset> presets();

/// What a preset is for: its first comment, without the mark.
std::string_view preset_summary(const Preset& preset);

/// Throws Error{usage} naming the closest when there is none of that name.
const Preset& preset_named(std::string_view name);

}  // namespace ckpt::match
