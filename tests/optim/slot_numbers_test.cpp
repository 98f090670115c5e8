#include "optim/find/slot_numbers.hpp"

#include <doctest/doctest.h>

#include "ckpt/base/error.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;
using model::NodeId;

namespace {

/// A vector of `values` in float32.
NodeId vector_of(TreeBuilder& made, const std::vector<float>& values) {
  const auto count = static_cast<std::int64_t>(values.size());
  Bytes bytes(values.size() * sizeof(float));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  model::Tensor tensor;
  tensor.layout = {{count}, {1}, 0};
  tensor.storage = made.tree.add_storage(
      {.blob = model::make_memory_blob(std::move(bytes)), .dtype = model::DType::float32});
  return made.tree.add_tensor(std::move(tensor));
}

/// Three parameters of single precision; the state of the second is missing.
struct NovoGrad : TreeBuilder {
  explicit NovoGrad(const std::vector<float>& numbers) {
    tree.set_root(adam({{2}, {3}, {4}}));
    const NodeId state = tree.find(tree.root(), "state");
    std::vector<model::Entry> states(tree.entries(state).begin(), tree.entries(state).end());
    states.erase(states.begin() + 1);
    tree.set_entries(state, states);
    group = tree.items(tree.find(tree.root(), "param_groups"))[0];
    std::vector<model::Entry> entries(tree.entries(group).begin(), tree.entries(group).end());
    entries.push_back(
        {tree.add_text(slot_numbers_key), list({vector_of(*this, {}), vector_of(*this, numbers)})});
    tree.set_entries(group, entries);
  }
  NodeId vector(std::size_t index) const {
    return tree.items(tree.find(group, slot_numbers_key))[index];
  }
  SlotNumbers numbers() const { return slot_numbers(tree, find_optimizers(tree).at(0)); }

  NodeId group = model::no_node;
};

}  // namespace

TEST_CASE("a vector has a number of every stepped parameter") {
  const NovoGrad made({0.5F, 0.25F});
  const SlotNumbers numbers = made.numbers();
  REQUIRE(numbers.size() == 3);
  CHECK(numbers[0]->value == 0.5);
  CHECK_FALSE(numbers[1].has_value());
  CHECK(numbers[2]->value == 0.25);
  CHECK(numbers[2]->vector == 1);
}

TEST_CASE("numbers that are there already leave the vectors as they are") {
  NovoGrad made({0.5F, 0.25F});
  const NodeId before = made.vector(1);
  set_slot_numbers(made.tree, made.group, made.numbers());
  CHECK(made.vector(1) == before);
}

TEST_CASE("a cut vector holds what is left") {
  NovoGrad made({0.5F, 0.25F});
  set_slot_numbers(made.tree, made.group, {made.numbers()[2]});
  const model::Tensor& tensor = made.tree.tensor(made.vector(1));
  CHECK(tensor.layout.shape == Shape{1});
  CHECK(find_number(made.tree, made.vector(1)) == 0.25);
}

TEST_CASE("vectors of another length are refused") {
  const NovoGrad made({0.5F, 0.25F, 0.125F, 1.0F});
  CHECK_THROWS_WITH_AS(
      made.numbers(),
      "a group keeps 0 and 4 numbers in 'exp_avg_sq', but has 2 of 3 ids with state", Error);
}

TEST_CASE("optimizers without such vectors have no numbers") {
  TreeBuilder made = training({{"a", {4}}});
  CHECK(slot_numbers(made.tree, find_optimizers(made.tree).at(0)).empty());
}
