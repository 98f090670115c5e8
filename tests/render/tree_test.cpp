#include "ckpt/render/tree.hpp"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using ckpt::render::Escaping;
using ckpt::render::Outline;

namespace {

std::string drawn(const Outline& outline) {
  return to_text(outline.to_table(), Escaping::terminal);
}

}  // namespace

TEST_CASE("branches join siblings and end at the last of them") {
  Outline outline({{""}, {""}});
  outline.add_row(0, {"model", "3 tensors"});
  outline.add_row(1, {"layer1", "2 tensors"});
  outline.add_row(2, {"weight", "f32"});
  outline.add_row(2, {"bias", "f32"});
  outline.add_row(1, {"layer2", "1 tensor"});
  outline.add_row(2, {"weight", "f32"});
  outline.add_row(0, {"epoch", "int"});
  CHECK(drawn(outline) ==
        "model         3 tensors\n"
        "├─ layer1     2 tensors\n"
        "│  ├─ weight  f32\n"
        "│  └─ bias    f32\n"
        "└─ layer2     1 tensor\n"
        "   └─ weight  f32\n"
        "epoch         int\n");
}

TEST_CASE("names are escaped and branches are not") {
  Outline outline({{"key"}});
  outline.add_row(0, {"a"});
  outline.add_row(1, {"b\n"});
  CHECK(drawn(outline) == "key\na\n└─ b\\n\n");
}

TEST_CASE("a row without its parent is a mistake") {
  Outline outline({{""}});
  CHECK_THROWS_AS(outline.add_row(1, {"orphan"}), std::logic_error);
  outline.add_row(0, {"root"});
  CHECK_THROWS_AS(outline.add_row(2, {"grandchild"}), std::logic_error);
}

TEST_CASE("a chain of 20,000 levels is drawn within a bound per row") {
  Outline outline({{""}});
  for (std::size_t depth = 0; depth < 20'000; ++depth) outline.add_row(depth, {"x"});
  const std::string text = drawn(outline);
  CHECK(text.size() < 20'000 * (3 * Outline::deepest_drawn + 20));
  CHECK(text.ends_with("… 19999 x\n"));
}
