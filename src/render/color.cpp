#include "ckpt/render/color.hpp"

#include "ckpt/base/text.hpp"

namespace ckpt::render {

Color choose_color(ColorWhen when, const ColorSurroundings& surroundings) {
  switch (when) {
    case ColorWhen::always:
      return Color::on;
    case ColorWhen::never:
      return Color::off;
    case ColorWhen::automatic:
      break;
  }
  const bool is_welcome =
      surroundings.is_terminal && !surroundings.is_no_color_set && !surroundings.is_dumb_terminal;
  return is_welcome ? Color::on : Color::off;
}

Palette make_palette(Color color) {
  if (color == Color::off) return {};
  return {
      .added = "\x1b[32m",
      .removed = "\x1b[31m",
      .changed = "\x1b[33m",
      .renamed = "\x1b[36m",
      .strong = "\x1b[1m",
      .faint = "\x1b[2m",
      .error = "\x1b[1;31m",
      .warning = "\x1b[1;33m",
      .hint = "\x1b[36m",
  };
}

std::string styled(std::string_view style, std::string_view text) {
  return style.empty() ? std::string(text) : concat(style, text, style_reset);
}

}  // namespace ckpt::render
