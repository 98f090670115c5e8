#include <doctest/doctest.h>

#include <cstring>

#include "ckpt/base/error.hpp"
#include "ckpt/optim/merge.hpp"
#include "ckpt/optim/numbers.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;

namespace {

/// A run of one parameter: its value, the step, both moments.
TreeBuilder run_of(float value, float step, float moment) {
  TreeBuilder made;
  const model::NodeId model = made.dict({{"w", made.tensor({2, 3}, value)}});
  const model::NodeId id = made.tree.add_integer(0);
  const model::NodeId state = made.tree.add();
  const std::vector<model::Entry> states{
      {id, made.dict({{"step", made.tensor({}, step)},
                      {"exp_avg", made.tensor({2, 3}, moment)},
                      {"exp_avg_sq", made.tensor({2, 3}, moment)}})}};
  made.tree.fill_dict(state, model::DictType::plain, states);
  const model::NodeId group = made.dict(
      {{"betas", made.list({made.real(0.5), made.real(0.75)})}, {"params", made.list({id})}});
  made.tree.set_root(made.dict(
      {{"model", model},
       {"optimizer", made.dict({{"state", state}, {"param_groups", made.list({group})}})}}));
  return made;
}

float first_element(const model::Tree& tree, model::NodeId tensor) {
  Bytes bytes(sizeof(float));
  model::read_exactly(*tree.storage_of(tree.tensor(tensor).storage).blob, 0, bytes);
  float value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// "e" and "h" are one view of a storage or two tensors, "p" is the second element of "e".
TreeBuilder tied_run(float value, bool is_tied) {
  TreeBuilder made;
  const model::NodeId e = made.tensor({2}, value);
  model::Tensor same = made.tree.tensor(e);
  model::Tensor part = same;
  part.layout = {{1}, {1}, 1};
  const model::NodeId p = made.tree.add_tensor(std::move(part));
  model::NodeId h = made.tensor({2}, value + 4);
  if (is_tied) {
    h = made.tree.add();
    made.tree.fill_tensor(h, std::move(same));
  }
  made.tree.set_root(made.dict({{"e", e}, {"h", h}, {"p", p}}));
  return made;
}

const model::Tensor& tensor_at(const model::Tree& tree, std::string_view key) {
  return tree.tensor(tree.find(tree.root(), key));
}

MergeReport average(TreeBuilder& a, const TreeBuilder& b, const AverageOptions& options = {}) {
  const model::Root root = model::find_root(a.tree);
  return average_into(a.tree, root, {&b.tree}, {model::find_root(b.tree)}, options);
}

float slot(const model::Tree& tree, std::string_view key) {
  return first_element(tree, tree.find(find_optimizers(tree).at(0).slots.at(0).state, key));
}

}  // namespace

TEST_CASE("weights are averaged, moments of equal steps too") {
  TreeBuilder a = run_of(1, 6, 2);
  average(a, run_of(4, 6, 6));
  CHECK(first_element(a.tree, model::find_path(a.tree, a.tree.root(), "model:w")) == 2.5F);
  CHECK(slot(a.tree, "exp_avg") == 4.0F);
  CHECK(slot(a.tree, "step") == 6.0F);
}

TEST_CASE("moments of unequal steps are averaged without their bias") {
  TreeBuilder a = run_of(1, 1, 2);
  average(a, run_of(1, 2, 6));
  // betas 0.5 and 0.75: (1 - b^2) * (2 / (1 - b) / 2 + 6 / (1 - b^2) / 2)
  CHECK(slot(a.tree, "exp_avg") == 4.5F);
  CHECK(slot(a.tree, "exp_avg_sq") == doctest::Approx(4.75));
  CHECK(slot(a.tree, "step") == 2.0F);
}

TEST_CASE("weights that are given count") {
  TreeBuilder a = run_of(0, 6, 0);
  average(a, run_of(4, 6, 8), {.weights = {0.75, 0.25}});
  CHECK(first_element(a.tree, model::find_path(a.tree, a.tree.root(), "model:w")) == 1.0F);
  CHECK(slot(a.tree, "exp_avg") == 2.0F);
}

TEST_CASE("tied tensors and views of one storage are averaged once and stay tied") {
  TreeBuilder a = tied_run(1, true);
  CHECK(average(a, tied_run(4, true)).remarks.empty());
  CHECK(first_element(a.tree, a.tree.find(a.tree.root(), "e")) == 2.5F);
  CHECK(tensor_at(a.tree, "h").storage == tensor_at(a.tree, "e").storage);
  CHECK(tensor_at(a.tree, "p").storage == tensor_at(a.tree, "e").storage);
  CHECK(tensor_at(a.tree, "p").layout.offset_elements == 1);
  CHECK(a.tree.storage_of(tensor_at(a.tree, "e").storage).size_bytes() == 8);
}

TEST_CASE("what is tied in the first file alone is averaged apart where the values differ") {
  TreeBuilder a = tied_run(1, true);
  const std::vector<std::string> remarks = average(a, tied_run(4, false)).remarks;
  CHECK(first_element(a.tree, a.tree.find(a.tree.root(), "e")) == 2.5F);
  CHECK(first_element(a.tree, a.tree.find(a.tree.root(), "h")) == 4.5F);
  CHECK(first_element(a.tree, a.tree.find(a.tree.root(), "p")) == 2.5F);
  CHECK(remarks == std::vector<std::string>{
                       "'h' and 'p' overlap in file 1 and not so in file 2: averaged apart",
                       "'h' is tied to 'e' in file 1 and not in file 2: averaged apart"});
}

TEST_CASE("a key that only one file has is refused") {
  TreeBuilder a = run_of(0, 6, 0);
  const TreeBuilder b = training({{"v", {2, 3}}});
  CHECK_THROWS_AS(average(a, b), Error);
}

TEST_CASE("two optimizers with equal hyperparameters become one, with ids that count through") {
  TreeBuilder a = training({{"x", {2}}, {"y", {2}}});
  const TreeBuilder b = training({{"z", {3}}});
  join_optimizers(a.tree, b.tree, "a.", "b.", {});
  const Optimizer joined = find_optimizers(a.tree).at(0);
  REQUIRE(joined.slots.size() == 3);
  CHECK(joined.groups.size() == 1);
  CHECK(joined.slots[2].label == "2");
  CHECK(joined.slots[2].shape == Shape{3});
}
