// The build generates the table from the files in presets/.
#include "ckpt/match/presets.hpp"

#include <vector>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::match {

std::string_view preset_summary(const Preset& preset) {
  std::string_view line = preset.text.substr(0, preset.text.find('\n'));
  while (line.starts_with('#') || line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

const Preset& preset_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    names.emplace_back(preset.name);
  }
  std::string hint = did_you_mean(find_closest(name, names));
  if (hint.empty()) hint = "ckpt remap --preset list names them all";
  throw Error(ErrorKind::usage, concat("there is no preset ", quote(name)), std::move(hint));
}

}  // namespace ckpt::match
