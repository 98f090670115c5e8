// Colours of terminal output. A Palette holds the escape sequences, or empty texts when colour is
// off, so that callers write `palette.added` without a condition.
#pragma once

#include <string>
#include <string_view>

namespace ckpt::render {

enum class ColorWhen { automatic, always, never };

/// What the environment says about colour.
struct ColorSurroundings {
  bool is_terminal = false;
  bool is_no_color_set = false;   ///< NO_COLOR is in the environment and not empty
  bool is_dumb_terminal = false;  ///< TERM=dumb
};

enum class Color { off, on };

/// `when` decides unless it is automatic. Then colour is on for a capable terminal without
/// NO_COLOR.
///
/// Source: https://no-color.org
Color choose_color(ColorWhen when, const ColorSurroundings& surroundings);

/// Ends every style of a Palette.
inline constexpr std::string_view style_reset = "\x1b[0m";

/// Start sequences; all are "" when colour is off.
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

/// The sequences for `color`.
Palette make_palette(Color color);

/// `style` + `text` + reset; only `text` when `style` is empty.
std::string styled(std::string_view style, std::string_view text);

}  // namespace ckpt::render
