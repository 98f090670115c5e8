#include "ckpt/model/state_dict.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "ckpt/base/error.hpp"
#include "model/tree_samples.hpp"

using namespace ckpt;
using namespace ckpt::model;
using samples::TreeMaker;

namespace {

NodeId module_of(TreeMaker& make, NodeId type, NodeId parameters, NodeId modules,
                 NodeId hooks = no_node) {
  std::vector<Entry> attributes{{make.text("_parameters"), parameters},
                                {make.text("_buffers"), make.dict({})},
                                {make.text("_modules"), modules}};
  if (hooks != no_node) attributes.push_back({make.text("_state_dict_hooks"), hooks});
  Object object{.construction = Construction::newobj, .callable = type, .args = make.tuple({})};
  object.steps.push_back({StepKind::build, no_node, make.dict_of(DictType::plain, attributes)});
  return make.object(std::move(object));
}

NodeId parameter(TreeMaker& make, NodeId source = no_node) {
  const NodeId id = make.tensor({2});
  make.tree.mutable_tensor(id).is_parameter = true;
  make.tree.mutable_tensor(id).requires_grad = true;
  make.tree.mutable_tensor(id).source = source;
  return id;
}

std::int64_t version_of(const Tree& tree, NodeId state_dict, std::string_view module) {
  const NodeId metadata = tree.find(tree.attributes(state_dict), "_metadata");
  return tree.integer(tree.find(tree.find(metadata, module), "version"));
}

}  // namespace

TEST_CASE("a state dict holds plain tensors on the same storages, and versions of modules") {
  TreeMaker make;
  const NodeId weight = parameter(make);
  const NodeId norm = module_of(make, make.symbol("torch.nn.modules.batchnorm", "BatchNorm2d"),
                                make.dict({{"weight", weight}}), make.dict({}));
  const NodeId net = module_of(make, make.symbol("__main__", "Net"), make.dict({}),
                               make.dict({{"bn", norm}}), make.dict({}));
  const StateDict made = make_state_dict(make.tree, net);
  REQUIRE(make.tree.dict_type(made.node) == DictType::ordered);
  REQUIRE(make.tree.entries(made.node).size() == 1);
  const Tensor& tensor = make.tree.tensor(make.tree.find(made.node, "bn.weight"));
  CHECK_FALSE(tensor.is_parameter);
  CHECK_FALSE(tensor.requires_grad);
  CHECK(tensor.storage == make.tree.tensor(weight).storage);
  CHECK(make.tree.tensor(weight).requires_grad);
  CHECK(version_of(make.tree, made.node, "") == 1);
  CHECK(version_of(make.tree, made.node, "bn") == 2);
  CHECK(made.hooked_modules.empty());
}

TEST_CASE("modules with hooks on their state dict are named") {
  TreeMaker make;
  const NodeId hooks = make.dict({{"0", make.none()}});
  const NodeId child = module_of(make, make.symbol("a", "B"), make.dict({}), make.dict({}), hooks);
  const NodeId net =
      module_of(make, make.symbol("a", "C"), make.dict({}), make.dict({{"x", child}}));
  CHECK(make_state_dict(make.tree, net).hooked_modules == std::vector<std::string>{"x"});
}

TEST_CASE("of a parameter with attributes its data is taken, and without data it is refused") {
  TreeMaker make;
  const NodeId data = make.tensor({2});
  Object rebuilt{.callable = make.symbol("torch._utils", "_rebuild_parameter_with_state"),
                 .args = make.tuple({data, make.boolean(true), make.none(), make.dict({})})};
  const NodeId marked = parameter(make, make.object(rebuilt));
  const NodeId net =
      module_of(make, make.symbol("a", "B"), make.dict({{"w", marked}}), make.dict({}));
  const NodeId w = make.tree.find(make_state_dict(make.tree, net).node, "w");
  CHECK(make.tree.tensor(w).storage == make.tree.tensor(data).storage);
  CHECK(make.tree.tensor(w).source == no_node);

  make.tree.mutable_tensor(marked).source =
      make.object({.callable = make.symbol("a", "b"), .args = make.tuple({})});
  CHECK_THROWS_WITH_AS(make_state_dict(make.tree, net), "'w' is a parameter without a tensor",
                       Error);
}

TEST_CASE("shown modules are their state dicts where they lie, also one that lies in another") {
  TreeMaker make;
  const NodeId weight = parameter(make);
  const NodeId layer =
      module_of(make, make.symbol("a", "B"), make.dict({{"w", weight}}), make.dict({}));
  const NodeId net =
      module_of(make, make.symbol("a", "C"), make.dict({}), make.dict({{"fc", layer}}));
  make.tree.set_root(make.list({layer, net}));
  const std::vector<NodeId> modules{layer, net};
  show_state_dicts(make.tree, modules);
  CHECK(make.tree.items(make.tree.root())[1] == net);
  CHECK(make.keys(layer) == std::vector<std::string>{"w"});
  CHECK(make.keys(net) == std::vector<std::string>{"fc.w"});
  CHECK(make.tree.find(net, "fc.w") == weight);
  CHECK(version_of(make.tree, net, "fc") == 1);
  detach_entries(make.tree, net);
  CHECK_FALSE(make.tree.tensor(make.tree.find(net, "fc.w")).is_parameter);
  CHECK(make.tree.tensor(weight).is_parameter);
}
