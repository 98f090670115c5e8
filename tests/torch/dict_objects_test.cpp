// Dicts of other classes than dict: read as dicts, written back as what they were.
#include "ckpt/torch/write_graph.hpp"
#include "torch/graph_samples.hpp"

#include "pickle/pickle_samples.hpp"

using ckpt::model::DictType;
using ckpt::model::Kind;
using ckpt::pickle::StepKind;
using ckpt::torch::samples::Maker;
using ckpt::torch::samples::value_of;

namespace {

std::string written(const ckpt::model::Tree& tree) {
  return ckpt::pickle::samples::show(
      ckpt::torch::write_graph(tree, ckpt::torch::StorageKeys::renumbered).graph);
}

ckpt::pickle::NodeId default_dict(Maker& make) {
  const auto made = make.call("collections", "defaultdict", {make.global("builtins", "list")});
  make.graph.add_step(made, {StepKind::set_item, make.text("a"), make.integer(1)});
  make.graph.add_step(made, {StepKind::set_item, make.text("b"), make.integer(2)});
  return made;
}

}  // namespace

TEST_CASE("an object in which items are set is a dict of its class") {
  Maker make;
  auto tree = make.read(default_dict(make));
  const auto dict = value_of(tree);
  REQUIRE(tree.is(dict, Kind::dict));
  CHECK(tree.dict_type(dict) == DictType::custom);
  CHECK(tree.entries(dict).size() == 2);
  CHECK(written(tree) ==
        "{'k': call(<collections defaultdict>, (<builtins list>)).set('a', 1).set('b', 2)}");
}

TEST_CASE("its entries are edited like those of any dict, and its class stays") {
  Maker make;
  auto tree = make.read(default_dict(make));
  const auto dict = value_of(tree);
  const std::vector<ckpt::model::Entry> last{tree.entries(dict)[1]};
  tree.set_entries(dict, last);
  CHECK(written(tree) == "{'k': call(<collections defaultdict>, (<builtins list>)).set('b', 2)}");
}

TEST_CASE("a subclass with attributes keeps them") {
  Maker make;
  const auto made = make.graph.add_object({.construction = ckpt::pickle::Construction::newobj,
                                           .callable = make.global("mine", "Dict"),
                                           .args = make.tuple({})});
  make.graph.add_step(made, {StepKind::set_item, make.text("a"), make.integer(1)});
  make.graph.add_step(
      made, {StepKind::build, ckpt::pickle::no_node, make.dict({{"note", make.text("x")}})});
  const auto tree = make.read(made);
  CHECK(tree.dict_type(value_of(tree)) == DictType::custom);
  CHECK(written(tree) == "{'k': new(<mine Dict>, ()).set('a', 1).build({'note': 'x'})}");
}

TEST_CASE("what holds values besides its items stays an object, so that they are seen") {
  Maker make;
  const auto made = make.call("mine", "make", {make.vector()});
  make.graph.add_step(made, {StepKind::set_item, make.text("a"), make.integer(1)});
  const auto tree = make.read(made);
  CHECK(tree.is(value_of(tree), Kind::object));
}

TEST_CASE("an object to which items are appended is no dict") {
  Maker make;
  const auto made = make.call("collections", "deque", {});
  make.graph.add_step(made, {StepKind::append, ckpt::pickle::no_node, make.integer(1)});
  const auto tree = make.read(made);
  CHECK(tree.is(value_of(tree), Kind::object));
}

TEST_CASE("an OrderedDict of pairs, as Python 2 wrote it, is a dict") {
  Maker make;
  const auto pairs = make.graph.add_list();
  const auto pair = make.graph.add_list();
  make.graph.append(pair, make.text("a"));
  make.graph.append(pair, make.integer(1));
  make.graph.append(pairs, pair);
  const auto tree = make.read(make.call("collections", "OrderedDict", {pairs}));
  CHECK(tree.dict_type(value_of(tree)) == DictType::ordered);
  CHECK(tree.integer(tree.find(value_of(tree), "a")) == 1);
}
