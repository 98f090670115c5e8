#include "ckpt/model/module.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using namespace ckpt;
using namespace ckpt::model;
using samples::TreeMaker;

namespace {

/// An object that got its attributes as a dict.
NodeId module_of(TreeMaker& make, NodeId parameters, NodeId buffers, NodeId modules,
                 NodeId left_out = no_node) {
  std::vector<Entry> attributes{{make.text("_parameters"), parameters},
                                {make.text("_buffers"), buffers},
                                {make.text("_modules"), modules}};
  if (left_out != no_node)
    attributes.push_back({make.text("_non_persistent_buffers_set"), left_out});
  Object object{.callable = make.symbol("__main__", "Net"), .args = make.tuple({})};
  object.steps.push_back({StepKind::build, no_node, make.dict_of(DictType::plain, attributes)});
  return make.object(std::move(object));
}

std::vector<std::string> names_of(const TreeMaker& make, NodeId module) {
  std::vector<std::string> names;
  for (const ModuleTensor& tensor : state_of_module(make.tree, module))
    names.push_back(tensor.name);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a module lists its parameters, its persistent buffers, then its children") {
  TreeMaker make;
  const NodeId child =
      module_of(make, make.dict({{"weight", make.tensor({2})}, {"bias", make.none()}}),
                make.dict({{"mean", make.tensor({2})}}), make.dict({}));
  const NodeId net = module_of(make, make.dict({{"scale", make.tensor({1, 1})}}),
                               make.dict({{"mask", make.tensor({1})}, {"cache", make.tensor({1})}}),
                               make.dict({{"0", child}, {"skip", make.none()}, {"1", child}}),
                               make.sequence(Kind::set, {make.text("cache")}));
  REQUIRE(is_module(make.tree, net));
  CHECK(names_of(make, net) == Names{"scale", "mask", "0.weight", "0.mean", "1.weight", "1.mean"});
  CHECK(state_of_module(make.tree, net)[1].role == Role::buffer);
  CHECK(state_of_module(make.tree, net)[2].role == Role::parameter);
}

TEST_CASE("what lacks one of the dicts of a module is none") {
  TreeMaker make;
  CHECK_FALSE(is_module(make.tree, make.dict({{"_parameters", make.dict({})}})));
  CHECK_FALSE(is_module(make.tree, make.integer(3)));
}

TEST_CASE("a module that contains itself is listed once") {
  TreeMaker make;
  const NodeId children = make.dict({});
  const NodeId net = module_of(make, make.dict({{"w", make.tensor({1})}}), make.dict({}), children);
  const Entry itself[] = {{make.text("me"), net}};
  make.tree.set_entries(children, itself);
  CHECK(names_of(make, net) == Names{"w"});
}

TEST_CASE("a module of many tensors may be used many times") {
  TreeMaker make;
  std::vector<Entry> entries;
  for (int i = 0; i < 100; ++i)
    entries.push_back(
        {make.text("a_weight_with_a_long_name." + std::to_string(i)), make.tensor({1})});
  const NodeId block =
      module_of(make, make.dict_of(DictType::plain, entries), make.dict({}), make.dict({}));
  entries.clear();
  for (int i = 0; i < 400; ++i) entries.push_back({make.text(std::to_string(i)), block});
  const NodeId net =
      module_of(make, make.dict({}), make.dict({}), make.dict_of(DictType::plain, entries));
  CHECK(names_of(make, net).size() == 40'000);
}

TEST_CASE("modules shared by modules do not unfold without end") {
  TreeMaker make;
  NodeId net = module_of(make, make.dict({{"w", make.tensor({1})}}), make.dict({}), make.dict({}));
  for (int level = 0; level < 60; ++level)
    net = module_of(make, make.dict({}), make.dict({}), make.dict({{"a", net}, {"b", net}}));
  CHECK(samples::error_of([&] { state_of_module(make.tree, net); }) ==
        "limit: modules within modules unfold to too many names");
}

TEST_CASE("the module around a root is the outermost") {
  TreeMaker make;
  const NodeId layer =
      module_of(make, make.dict({{"w", make.tensor({9})}}), make.dict({}), make.dict({}));
  const NodeId net = module_of(make, make.dict({}), make.dict({}), make.dict({{"fc", layer}}));
  make.tree.set_root(make.dict({{"epoch", make.integer(1)}, {"best", net}}));
  const Root inner = root_at(make.tree, "best:_modules:fc:_parameters");
  const std::optional<Root> found = find_module_around(make.tree, inner);
  REQUIRE(found);
  CHECK(found->node == net);
  CHECK(path_text(make.tree, found->path) == "best");
  make.tree.set_root(make.dict({{"w", make.tensor({1})}}));
  CHECK_FALSE(find_module_around(make.tree, find_root(make.tree)));
}

TEST_CASE("a module is a section as its state dict, and can be the root") {
  TreeMaker make;
  const NodeId layer = module_of(make, make.dict({{"w", make.tensor({9})}}),
                                 make.dict({{"mean", make.tensor({3})}}), make.dict({}));
  const NodeId net = module_of(make, make.dict({}), make.dict({}), make.dict({{"fc", layer}}));
  const NodeId average =
      module_of(make, make.dict({{"w", make.tensor({99})}}), make.dict({}), make.dict({}));
  const NodeId loss = module_of(make, make.dict({}), make.dict({}), make.dict({}));
  make.tree.set_root(make.dict({{"swa", average}, {"model", net}, {"loss", loss}}));
  const std::vector<Section> sections = find_sections(make.tree).all;
  REQUIRE(sections.size() == 2);
  CHECK(sections[1].kind == SectionKind::module);
  CHECK(sections[1].node == net);
  CHECK(sections[1].tensor_count == 2);
  CHECK(sections[1].storage_bytes == 48);
  CHECK(find_root(make.tree).node == net);
  CHECK(find_root(make.tree).choice == RootChoice::usual_name);
  make.tree.set_root(net);
  CHECK(find_root(make.tree).choice == RootChoice::top);
}

TEST_CASE("outermost modules are listed, but for one that is opened") {
  TreeMaker make;
  const NodeId layer =
      module_of(make, make.dict({{"w", make.tensor({9})}}), make.dict({}), make.dict({}));
  const NodeId net = module_of(make, make.dict({}), make.dict({}), make.dict({{"fc", layer}}));
  make.tree.set_root(make.dict({{"model", net}, {"other", layer}}));
  const auto nodes_of = [](const PlacedModules& modules) {
    std::vector<NodeId> nodes;
    for (const PlacedModule& module : modules.all) nodes.push_back(module.node);
    return nodes;
  };
  CHECK(nodes_of(outermost_modules(make.tree)) == std::vector<NodeId>{net, layer});
  const Root opened = root_at(make.tree, "model:_modules:fc:_parameters");
  CHECK(nodes_of(outermost_modules(make.tree, opened.path)) == std::vector<NodeId>{layer});
}
