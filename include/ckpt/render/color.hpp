// Colour, and when to use it. A Palette holds ready-made prefixes, empty when colour is off, so
// that callers write `palette.added` without asking.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::render {

enum class ColorWhen { automatic, always, never };

/// What the world says about colour.
struct ColorSurroundings {
  bool is_terminal = false;
  bool is_no_color_set = false;   ///< NO_COLOR is in the environment and not empty
  bool is_dumb_terminal = false;  ///< TERM=dumb
};

enum class Color { off, on };

/// `when` decides if it is not automatic; else colour needs a capable terminal and no NO_COLOR.
/// Source: https://no-color.org
Color choose_color(ColorWhen when, const ColorSurroundings& surroundings);

/// Ends any style of a Palette.
inline constexpr std::string_view style_reset = "\x1b[0m";

/// Prefixes; each is "" when colour is off.
struct Palette {
  std::string_view added;
  std::string_view removed;
  std::string_view changed;
  std::string_view renamed;
  std::string_view strong;
  std::string_view faint;
  std::string_view error;
  std::string_view warning;
  std::string_view hint;
};

Palette make_palette(Color color);

/// `text` between `style` and its reset; just `text` when `style` is empty.
std::string styled(std::string_view style, std::string_view text);

}  // namespace ckpt::render
