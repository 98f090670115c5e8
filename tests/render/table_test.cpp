// The exact text of tables, because people and scripts read it by columns.
#include "ckpt/render/table.hpp"

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "ckpt/render/width.hpp"

using ckpt::render::Align;
using ckpt::render::Escaping;
using ckpt::render::Table;
using ckpt::render::to_text;

namespace {

Table tensor_table() { return Table({{"key"}, {"dtype"}, {"shape"}, {"bytes"}}); }

}  // namespace

TEST_CASE("columns are as wide as their widest cell and no line ends with spaces") {
  Table table = tensor_table();
  table.add_row({"a", "f32", "3x4", "48"});
  table.add_row({"layer1.weight", "bf16", "64", ""});
  CHECK(to_text(table, Escaping::none) ==
        "key            dtype  shape  bytes\n"
        "a              f32    3x4    48\n"
        "layer1.weight  bf16   64\n");
}

TEST_CASE("numbers align to the right") {
  Table table({{"name"}, {"bytes", Align::right}, {"note"}});
  table.add_row({"a", "4", "x"});
  table.add_row({"bb", "123456", ""});
  table.add_row({"c", "", ""});
  CHECK(to_text(table, Escaping::none) ==
        "name   bytes  note\n"
        "a          4  x\n"
        "bb    123456\n"
        "c\n");
}

TEST_CASE("a table without rows is its header, and without a header nothing") {
  CHECK(to_text(tensor_table(), Escaping::none) == "key  dtype  shape  bytes\n");
  CHECK(to_text(Table({{""}, {""}}), Escaping::none).empty());
}

TEST_CASE("without header texts there is no header line") {
  Table table({{""}, {""}});
  table.add_row({"lr", "0.1"});
  table.add_row({"momentum", "0.9"});
  CHECK(to_text(table, Escaping::none) == "lr        0.1\nmomentum  0.9\n");
}

TEST_CASE("cells missing at the end of a row are empty, too many are a mistake") {
  Table table({{"a"}, {"b"}});
  table.add_row({"1"});
  CHECK(to_text(table, Escaping::none) == "a  b\n1\n");
  CHECK_THROWS_AS(table.add_row({"1", "2", "3"}), std::logic_error);
}

TEST_CASE("a terminal sees escapes, a pipe the bytes of the file") {
  Table table({{"key"}, {"n"}});
  table.add_row({"a\x1b[2J\nb", "1"});
  CHECK(to_text(table, Escaping::terminal) == "key          n\na\\x1b[2J\\nb  1\n");
  CHECK(to_text(table, Escaping::none) == "key      n\na\x1b[2J\nb  1\n");
}

TEST_CASE("wide characters count two columns and combining marks none") {
  Table table({{"key"}, {"n"}});
  table.add_row({"重み", "1"});
  table.add_row({"e\u0301", "2"});
  table.add_row({"four", "3"});
  CHECK(to_text(table, Escaping::none) == "key   n\n重み  1\ne\u0301     2\nfour  3\n");
}

TEST_CASE("one cell of unusual width does not push the others out") {
  Table table({{"key"}, {"n"}});
  const std::string wide(200, 'x');
  table.add_row({"a", "1"});
  table.add_row({wide, "2"});
  CHECK(to_text(table, Escaping::none) == "key  n\na    1\n" + wide + "  2\n");
}

TEST_CASE("a styled row is coloured as a whole line") {
  Table table({{""}, {""}});
  table.add_row({"+", "a"}, "\x1b[32m");
  table.add_row({"-", ""}, "\x1b[31m");
  CHECK(to_text(table, Escaping::terminal) == "\x1b[32m+  a\x1b[0m\n\x1b[31m-\x1b[0m\n");
}

TEST_CASE("spaces inside cells are kept, also when a cell is nothing else") {
  Table table({{""}, {""}, {""}});
  table.add_row({" a ", "  ", "b"});
  CHECK(to_text(table, Escaping::none) == " a       b\n");
}

TEST_CASE("display width counts columns of a terminal") {
  using ckpt::render::display_width;
  CHECK(display_width("") == 0);
  CHECK(display_width("layer") == 5);
  CHECK(display_width("größe") == 5);
  CHECK(display_width("모델") == 4);
  CHECK(display_width("🙂") == 2);
  CHECK(display_width("\xff\xfe") == 2);
}
