// The rule files built into the program: conversions between libraries, such as timm to Hugging
// Face. They are the files in presets/; a test checks that none has a problem.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ckpt::match {

struct Preset {
  std::string_view name;  ///< "timm-vit/hf-vit"
  std::string_view text;  ///< a rule file; its first comment says what it is for
};

/// All presets, sorted by name.
std::span<const Preset> presets();

/// The first comment of the preset, without "#".
std::string_view preset_summary(const Preset& preset);

/// Throws Error{usage} with the closest names when there is no such preset.
const Preset& preset_named(std::string_view name);

}  // namespace ckpt::match
