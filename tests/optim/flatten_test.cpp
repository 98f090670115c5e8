#include "ckpt/optim/flatten.hpp"

#include <doctest/doctest.h>

#include "ckpt/optim/optimizer.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

std::vector<std::string> keys_of(const model::Tree& tree, model::NodeId dict) {
  std::vector<std::string> keys;
  for (const model::Entry& entry : tree.entries(dict)) keys.emplace_back(tree.text(entry.key));
  return keys;
}

/// As torch.distributed.checkpoint writes it: states first; "state." may be part of a name.
TreeBuilder flattened() {
  TreeBuilder made;
  made.tree.set_root(made.dict({{"state.fc.weight.step", made.real(3)},
                                {"state.fc.weight.exp_avg", made.tensor({2}, 1)},
                                {"state.state.x.step", made.real(4)},
                                {"state.state.x.exp_avg", made.tensor({3}, 2)},
                                {"param_groups.fc.weight.lr", made.real(0.1)},
                                {"param_groups.state.x.lr", made.real(0.1)},
                                {"param_groups.idle.lr", made.real(0.2)}}));
  return made;
}

}  // namespace

TEST_CASE("a flattened optimizer becomes one with names for ids, equal neighbours in one group") {
  TreeBuilder made = flattened();
  CHECK(unflatten_optimizers(made.tree).size() == 1);
  const Optimizer optimizer = find_optimizers(made.tree).at(0);
  CHECK(optimizer.form == Form::named);
  CHECK(optimizer.own_names == std::vector<std::string>{"fc.weight", "state.x", "idle"});
  REQUIRE(optimizer.groups.size() == 2);
  CHECK(optimizer.groups[0].slot_count == 2);
  CHECK(made.tree.real(made.tree.find(optimizer.groups[1].node, "lr")) == 0.2);
  CHECK(made.tree.real(made.tree.find(optimizer.slots[1].state, "step")) == 4);
  CHECK(optimizer.slots[1].shape == Shape{3});
  CHECK(optimizer.slots[2].state == model::no_node);
}

TEST_CASE("the way back gives the same keys in the same order") {
  TreeBuilder made = flattened();
  const model::NodeId root = made.tree.root();
  const std::vector<std::string> before = keys_of(made.tree, root);
  const std::vector<model::NodeId> turned = unflatten_optimizers(made.tree);
  REQUIRE(turned == std::vector<model::NodeId>{root});
  flatten_optimizer(made.tree, turned.front());
  CHECK(keys_of(made.tree, root) == before);
  CHECK(made.tree.real(made.tree.find(root, "param_groups.idle.lr")) == 0.2);
}

TEST_CASE("other optimizers stay as they are") {
  TreeBuilder made = training({{"a", {4}}});
  CHECK(unflatten_optimizers(made.tree).empty());
}
