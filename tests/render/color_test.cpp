#include "ckpt/render/color.hpp"

#include <doctest/doctest.h>

using namespace ckpt::render;

TEST_CASE("automatic colour needs a capable terminal and no NO_COLOR") {
  const auto automatic = [](ColorSurroundings surroundings) {
    return choose_color(ColorWhen::automatic, surroundings);
  };
  CHECK(automatic({.is_terminal = true}) == Color::on);
  CHECK(automatic({.is_terminal = false}) == Color::off);
  CHECK(automatic({.is_terminal = true, .is_no_color_set = true}) == Color::off);
  CHECK(automatic({.is_terminal = true, .is_dumb_terminal = true}) == Color::off);
}

TEST_CASE("the option decides against the surroundings") {
  CHECK(choose_color(ColorWhen::always, {.is_no_color_set = true}) == Color::on);
  CHECK(choose_color(ColorWhen::never, {.is_terminal = true}) == Color::off);
}

TEST_CASE("without colour every style is empty and text stays as it is") {
  const Palette palette = make_palette(Color::off);
  CHECK(palette.added.empty());
  CHECK(styled(palette.error, "no") == "no");
}

TEST_CASE("a styled text ends its style") {
  CHECK(styled(make_palette(Color::on).added, "new") == "\x1b[32mnew\x1b[0m");
}
