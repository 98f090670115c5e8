#include "ckpt/model/key_path.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::find_path;
using ckpt::model::key_text;
using ckpt::model::Kind;
using ckpt::model::no_node;
using ckpt::model::NodeId;
using ckpt::model::StepType;
using ckpt::samples::error_of;
using ckpt::samples::TreeMaker;

namespace {

/// "a|b|\"c\"": the steps, quoted ones in quotes.
std::string parsed(std::string_view path) {
  std::string out;
  for (const ckpt::model::WrittenStep& step : ckpt::model::parse_path(path)) {
    if (!out.empty()) out += '|';
    out += step.is_quoted ? '"' + step.text + '"' : step.text;
  }
  return out;
}

}  // namespace

TEST_CASE("a text key is bare unless it could be taken for something else") {
  CHECK(key_text("layer1.0.weight") == "layer1.0.weight");
  CHECK(key_text("it's \"so\"") == "it's \"so\"");
  CHECK(key_text("1a") == "1a");
  CHECK(key_text("0") == "\"0\"");
  CHECK(key_text("-17") == "\"-17\"");
  CHECK(key_text("") == "\"\"");
  CHECK(key_text("a:b") == "\"a:b\"");
  CHECK(key_text("\"quoted\"") == "\"\\\"quoted\\\"\"");
  CHECK(key_text("back\\slash:") == "\"back\\\\slash:\"");
}

TEST_CASE("keys that are no text print as Python's repr prints them") {
  TreeMaker make;
  CHECK(key_text(make.tree, make.integer(0)) == "0");
  CHECK(key_text(make.tree, make.none()) == "<None>");
  CHECK(key_text(make.tree, make.boolean(true)) == "<True>");
  CHECK(key_text(make.tree, make.real(1.5)) == "<1.5>");
  CHECK(key_text(make.tree, make.text_of(Kind::bytes, "a'\xff\n")) == "<b'a\\'\\xff\\x0a'>");
  CHECK(key_text(make.tree, make.symbol("torch", "float32")) == "<torch.float32>");
}

TEST_CASE("a tuple as key shows its items one level deep") {
  TreeMaker make;
  CHECK(key_text(make.tree, make.tuple({})) == "<()>");
  CHECK(key_text(make.tree, make.tuple({make.integer(1)})) == "<(1,)>");
  CHECK(key_text(make.tree, make.tuple({make.integer(1), make.text("a")})) == "<(1, 'a')>");
  CHECK(key_text(make.tree, make.tuple({make.tuple({make.integer(1)}), make.none()})) ==
        "<((...), None)>");
}

TEST_CASE("bytes that protocol 2 wrote as _codecs.encode are bytes") {
  TreeMaker make;
  const NodeId key =
      make.object({.callable = make.symbol("_codecs", "encode"),
                   .args = make.tuple({make.text("r\xc3\xbf"), make.text("latin1")})});
  CHECK(key_text(make.tree, key) == "<b'r\\xff'>");
}

TEST_CASE("the steps of a path are joined by colons") {
  TreeMaker make;
  const ckpt::model::KeyPath path = {
      {.key = make.text("optimizer")}, {.key = make.text("state")},
      {.key = make.text("0")},         {.type = StepType::index, .index = 3},
      {.type = StepType::args},        {.type = StepType::state}};
  CHECK(path_text(make.tree, path) == "optimizer:state:\"0\":3:args:state");
  CHECK(path_text(make.tree, {}).empty());
}

TEST_CASE("a written path is taken apart at its colons") {
  CHECK(parsed("a") == "a");
  CHECK(parsed("optimizer:state:0") == "optimizer|state|0");
  CHECK(parsed(":epoch") == "epoch");
  CHECK(parsed("a::b") == "a||b");
  CHECK(parsed("a:\"b:c\":d") == "a|\"b:c\"|d");
  CHECK(parsed("\"\\\"\\\\\"") == "\"\"\\\"");
}

TEST_CASE("a quote that does not end, or goes on, is refused") {
  CHECK(error_of([] { parsed("a:\"b"); }) == "usage: path 'a:\"b': a quote is not closed");
  CHECK(error_of([] { parsed("\"a\\\""); }) == "usage: path '\"a\\\"': a quote is not closed");
  CHECK(error_of([] { parsed("\"a\"b"); }) == "usage: path '\"a\"b': expected ':' after a quote");
}

TEST_CASE("a path leads through dicts, lists and tuples") {
  TreeMaker make;
  const NodeId wanted = make.integer(42);
  const NodeId root =
      make.dict({{"list", make.list({make.none(), make.tuple({wanted})})}, {"other", make.none()}});
  CHECK(find_path(make.tree, root, "list:1:0") == wanted);
  CHECK(find_path(make.tree, root, "list:2") == no_node);
  CHECK(find_path(make.tree, root, "list:x") == no_node);
  CHECK(find_path(make.tree, root, "other:0") == no_node);
}

TEST_CASE("a quoted step is the text key, a bare number the integer key") {
  TreeMaker make;
  const NodeId of_integer = make.none();
  const NodeId of_text = make.none();
  const NodeId root = make.dict_of(ckpt::model::DictType::plain,
                                   {{make.text("0"), of_text}, {make.integer(0), of_integer}});
  CHECK(find_path(make.tree, root, "\"0\"") == of_text);
  CHECK(find_path(make.tree, root, "0") == of_integer);
}

TEST_CASE("a path leads into objects: arguments, items and attributes") {
  TreeMaker make;
  const NodeId argument = make.integer(1);
  const NodeId attribute = make.integer(2);
  const NodeId item = make.integer(3);
  const NodeId state = make.dict({{"lr", attribute}});
  const NodeId object =
      make.object({.callable = make.symbol("m", "C"),
                   .args = make.tuple({argument}),
                   .steps = {{.kind = ckpt::model::StepKind::append, .value = item},
                             {.kind = ckpt::model::StepKind::build, .value = state}}});
  const NodeId root = make.dict({{"args", object}});
  CHECK(find_path(make.tree, root, "args:args:0") == argument);
  CHECK(find_path(make.tree, root, "args:0") == item);
  CHECK(find_path(make.tree, root, "args:lr") == attribute);
}
