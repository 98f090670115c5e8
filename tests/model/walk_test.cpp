#include "ckpt/model/walk.hpp"

#include <doctest/doctest.h>

#include "base/depth.hpp"
#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::NodeId;
using ckpt::model::Tree;
using ckpt::model::Walk;
using ckpt::samples::TreeMaker;
using Names = std::vector<std::string>;

namespace {

Names walked(const Tree& tree, NodeId start) {
  Names paths;
  Walk walk(tree, start);
  while (walk.next()) paths.push_back(path_text(tree, walk.path()));
  return paths;
}

}  // namespace

TEST_CASE("a walk goes depth first in the order of the file") {
  TreeMaker make;
  const NodeId root = make.dict({{"b", make.list({make.none(), make.tuple({make.none()})})},
                                 {"a", make.dict({{"x", make.none()}})},
                                 {"c", make.none()}});
  CHECK(walked(make.tree, root) == Names{"", "b", "b:0", "b:1", "b:1:0", "a", "a:x", "c"});
}

TEST_CASE("a value that is reached twice is visited twice") {
  TreeMaker make;
  const NodeId shared = make.list({make.none()});
  CHECK(walked(make.tree, make.dict({{"a", shared}, {"b", shared}})) ==
        Names{"", "a", "a:0", "b", "b:0"});
}

TEST_CASE("a value inside itself is not entered again") {
  TreeMaker make;
  const NodeId list = make.list({});
  const NodeId dict = make.dict({{"up", list}, {"last", make.none()}});
  const NodeId items[] = {make.none(), dict, list};
  make.tree.set_items(list, items);
  CHECK(walked(make.tree, list) == Names{"", "0", "1", "1:last"});
}

TEST_CASE("what lies below a skipped node is not visited") {
  TreeMaker make;
  const NodeId root = make.dict({{"a", make.list({make.none()})}, {"b", make.none()}});
  Walk walk(make.tree, root);
  Names paths;
  while (walk.next()) {
    paths.push_back(path_text(make.tree, walk.path()));
    if (paths.back() == "a") walk.skip_children();
  }
  CHECK(paths == Names{"", "a", "b"});
}

TEST_CASE("the depth is the number of steps from the start") {
  TreeMaker make;
  Walk walk(make.tree, make.list({make.list({make.none()})}));
  for (const std::size_t depth : {0u, 1u, 2u}) {
    REQUIRE(walk.next());
    CHECK(walk.depth() == depth);
  }
  CHECK_FALSE(walk.next());
}

TEST_CASE("a walk from no node is over at once") {
  const Tree tree;
  CHECK(walked(tree, ckpt::model::no_node).empty());
}

TEST_CASE("below a composite tensor lie its parts, below a strided one nothing") {
  TreeMaker make;
  const NodeId source = make.object(
      {.callable = make.symbol("torch._utils", "_rebuild_sparse_tensor"),
       .args = make.tuple({make.none(), make.tuple({make.tensor({1, 3}), make.tensor({3})})})});
  const NodeId sparse = make.tensor(ckpt::model::Tensor{
      .form = ckpt::model::TensorForm::sparse_coo, .layout = {.shape = {5}}, .source = source});
  CHECK(walked(make.tree, sparse) == Names{"", "args", "args:0", "args:1", "args:1:0", "args:1:1"});
  CHECK(walked(make.tree, make.tensor({2, 3})) == Names{""});
}

TEST_CASE("attributes of an object lie directly below it, slots included") {
  TreeMaker make;
  const NodeId slots = make.tuple({make.none(), make.dict({{"slot", make.none()}})});
  const NodeId number = make.integer(1);
  using ckpt::model::StepKind;
  const NodeId object = make.object(
      {.callable = make.symbol("m", "C"),
       .args = make.tuple({}),
       .steps = {{.kind = StepKind::set_item, .key = make.text("key"), .value = make.none()},
                 {.kind = StepKind::build, .value = slots},
                 {.kind = StepKind::build, .value = number}}});
  CHECK(walked(make.tree, object) == Names{"", "key", "slot", "state"});
}

TEST_CASE("deep nested lists are walked without recursion") {
  TreeMaker make;
  NodeId node = make.none();
  for (std::size_t i = 0; i < ckpt::test::depth; ++i) node = make.list({node});
  Walk walk(make.tree, node);
  std::size_t visits = 0;
  while (walk.next()) ++visits;
  CHECK(visits == ckpt::test::depth + 1);
}

TEST_CASE("values shared by values that unfold without end are refused") {
  TreeMaker make;
  NodeId node = make.none();
  for (int i = 0; i < 40; ++i) node = make.tuple({node, node});
  CHECK(ckpt::samples::error_of([&] { walked(make.tree, node); }) ==
        "limit: values shared by values unfold without end");
}

TEST_CASE("a value that many items share is visited for each of them") {
  TreeMaker make;
  const NodeId pair = make.tuple({make.none(), make.none()});
  const std::vector<NodeId> items(200'000, pair);
  const NodeId list = make.list({});
  make.tree.set_items(list, items);
  Walk walk(make.tree, list);
  std::size_t visits = 0;
  while (walk.next()) ++visits;
  CHECK(visits == 600'001);
}

TEST_CASE("a value shared by more items than can be unfolded is entered a few times only") {
  TreeMaker make;
  const NodeId wanted = make.none();
  const NodeId config = make.list({});
  const std::vector<NodeId> settings(10'000, make.none());
  make.tree.set_items(config, settings);
  const NodeId list = make.list({});
  std::vector<NodeId> items(10'000, config);
  items.push_back(make.list({wanted}));
  make.tree.set_items(list, items);
  Walk walk(make.tree, list, [&](NodeId node) { return node == wanted; });
  std::size_t visits_of_wanted = 0;
  while (walk.next()) visits_of_wanted += walk.node() == wanted;
  CHECK(visits_of_wanted == 1);
}

TEST_CASE("what leads to nothing wanted through a cycle is entered again") {
  TreeMaker make;
  const NodeId tensor = make.none();
  const NodeId inner = make.list({});
  const NodeId outer = make.list({inner, tensor});
  const NodeId up[] = {outer};
  make.tree.set_items(inner, up);
  // Many visits, so that the walk begins to leave out what leads to nothing.
  const NodeId many = make.list({});
  make.tree.set_items(many, std::vector<NodeId>(5'000, make.none()));
  const NodeId root = make.list({outer, many, inner});
  Walk walk(make.tree, root, [&](NodeId node) { return node == tensor; });
  std::vector<std::string> paths;
  while (walk.next())
    if (walk.node() == tensor) paths.push_back(path_text(make.tree, walk.path()));
  CHECK(paths == Names{"0:1", "2:0:1"});
}
