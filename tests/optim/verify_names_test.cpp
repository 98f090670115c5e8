#include "optim/names/verify_names.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "ckpt/base/error.hpp"
#include "optim/builders.hpp"

using namespace ckpt;
using namespace ckpt::optim;
using namespace ckpt::optim::testing;
using model::NodeId;

namespace {

constexpr std::int64_t element_count = 256;

/// Elements that go up and down, differently for every `seed`, times `factor`.
NodeId wave(TreeBuilder& made, double seed, float factor) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < element_count; ++i)
    values.push_back(factor * static_cast<float>(std::sin(seed * static_cast<double>(i + 1))));
  Bytes bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  model::Tensor tensor;
  tensor.layout = {{element_count}, {1}, 0};
  tensor.storage = made.tree.add_storage(
      {.blob = model::make_memory_blob(std::move(bytes)), .dtype = model::DType::float32});
  return made.tree.add_tensor(std::move(tensor));
}

/// Weights a and b, which moved by waves 1 and 2 from zero, and a momentum for id 0 that moved
/// them by wave `seed`.
struct Run {
  explicit Run(double seed) {
    const NodeId model = now.dict({{"a", wave(now, 1, 1)}, {"b", wave(now, 2, 1)}});
    const NodeId id = now.tree.add_integer(0);
    const NodeId state = now.tree.add();
    const std::vector<model::Entry> states{
        {id, now.dict({{"momentum_buffer", wave(now, seed, -3)}})}};
    now.tree.fill_dict(state, model::DictType::plain, states);
    const NodeId group =
        now.dict({{"lr", now.real(0.1)}, {"dampening", now.real(0)}, {"params", now.list({id})}});
    now.tree.set_root(now.dict(
        {{"model", model},
         {"optimizer", now.dict({{"state", state}, {"param_groups", now.list({group})}})}}));
    TreeBuilder before;
    before.tree.set_root(before.dict({{"a", wave(before, 1, 0)}, {"b", wave(before, 1, 0)}}));
    older = {.tree = std::make_shared<const model::Tree>(std::move(before.tree)),
             .state_dict = model::no_node,
             .file = "old.pt"};
    older.state_dict = older.tree->root();
    identified.optimizer = find_optimizers(now.tree).at(0);
    identified.resolution = {.level = Level::ambiguous, .rule = "two", .part = "model"};
    identified.resolution.fits = {{"first", {"a"}}, {"second", {"b"}}};
  }

  void verify(const Overrides& overrides = {}) {
    verify_names(now.tree, now.tree, older, overrides, identified);
  }

  TreeBuilder now;
  OlderCheckpoint older;
  Identified identified;
};

}  // namespace

TEST_CASE("the names whose weights went the way of their states are taken") {
  for (const auto& [seed, name] : {std::pair{1.0, "a"}, std::pair{2.0, "b"}}) {
    Run run(seed);
    run.verify();
    CHECK(run.identified.resolution.level == Level::assumed);
    CHECK(run.identified.resolution.names == std::vector<std::string>{name});
    CHECK(run.identified.resolution.rule.find("since old.pt (1.0, the next") != std::string::npos);
  }
}

TEST_CASE("a state that went with neither settles nothing") {
  Run run(3);
  run.verify();
  CHECK(run.identified.resolution.level == Level::ambiguous);
  CHECK(run.identified.resolution.fits.size() == 2);
}

TEST_CASE("each id by itself, where no rule gives whole assignments") {
  Run run(2);
  run.identified.resolution.fits.clear();
  run.identified.resolution.can_be = {{"a", "b"}};
  run.verify();
  CHECK(run.identified.resolution.level == Level::assumed);
  CHECK(run.identified.resolution.names == std::vector<std::string>{"b"});
}

TEST_CASE("assumed names against which the weights moved become ambiguous") {
  for (const auto& [name, level] :
       {std::pair{"a", Level::ambiguous}, std::pair{"b", Level::assumed}}) {
    Run run(2);
    run.identified.resolution.level = Level::assumed;
    run.identified.resolution.names = {name};
    run.verify();
    CHECK(run.identified.resolution.level == level);
  }
}

TEST_CASE("a proof needs no evidence, and an older checkpoint without the weight is refused") {
  Run run(1);
  run.identified.resolution.level = Level::proved;
  run.identified.resolution.names = {"b"};
  run.verify();
  CHECK(run.identified.resolution.level == Level::proved);
  Run other(1);
  other.older.tree = std::make_shared<const model::Tree>(training({{"c", {2}}}).tree);
  other.older.state_dict = other.older.tree->root();
  CHECK_THROWS_WITH_AS(other.verify(), "old.pt: --verify: has no 'a' of shape 256", Error);
}
