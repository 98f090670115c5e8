// The layouts that trainers write, and what is taken for the model in each.
#include "ckpt/model/sections.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::find_root;
using ckpt::model::find_sections;
using ckpt::model::NodeId;
using ckpt::model::Root;
using ckpt::model::RootChoice;
using ckpt::model::SectionKind;
using ckpt::samples::error_of;
using ckpt::samples::TreeMaker;
using Names = std::vector<std::string>;

namespace {

struct Maker : TreeMaker {
  NodeId weights(std::int64_t size = 2) {
    return ordered({{"fc.weight", tensor({size, size})}, {"fc.bias", tensor({size})}});
  }
  NodeId adam() {
    const NodeId slots = dict({{"step", integer(3)}, {"exp_avg", tensor({2})}});
    const NodeId state = dict_of(ckpt::model::DictType::plain, {{integer(0), slots}});
    return dict({{"state", state}, {"param_groups", list({dict({{"lr", real(0.1)}})})}});
  }
  /// "model (by its name)"
  std::string root_of(NodeId top) {
    tree.set_root(top);
    const Root root = find_root(tree);
    constexpr const char* choices[] = {"top", "usual name", "largest", "given", "none"};
    return path_text(tree, root.path) + " (" + choices[static_cast<int>(root.choice)] + ")";
  }
};

}  // namespace

TEST_CASE("a bare state dict is its own root") {
  Maker make;
  CHECK(make.root_of(make.weights()) == " (top)");
}

TEST_CASE("the usual names are known, in order of preference") {
  for (const char* name : {"state_dict", "model_state_dict", "model", "module", "params_ema",
                           "params", "net", "network", "generator", "ema"}) {
    Maker make;
    CAPTURE(name);
    CHECK(make.root_of(make.dict({{"epoch", make.integer(3)}, {name, make.weights()}})) ==
          std::string(name) + " (usual name)");
  }
  Maker make;
  CHECK(make.root_of(make.dict({{"ema", make.weights(9)}, {"model", make.weights()}})) ==
        "model (usual name)");
  CHECK(make.root_of(make.dict({{"params", make.weights(9)}, {"params_ema", make.weights()}})) ==
        "params_ema (usual name)");
}

TEST_CASE("a usual name counts only over a state dict") {
  Maker make;
  CHECK(make.root_of(make.dict({{"model", make.text("resnet50")}, {"weights", make.weights()}})) ==
        "weights (largest)");
  CHECK(make.root_of(make.dict({{"a", make.dict({{"model", make.weights()}})}})) ==
        "a:model (largest)");
}

TEST_CASE("without a usual name the most tensor bytes decide, storages counted once") {
  Maker make;
  const ckpt::model::StorageId shared = make.storage(100);
  const NodeId tied = make.dict({{"a", make.view(shared, TreeMaker::dense({25}))},
                                 {"b", make.view(shared, TreeMaker::dense({25}))}});
  CHECK(make.root_of(make.dict({{"teacher", tied}, {"student", make.weights(6)}})) ==
        "student (largest)");
  CHECK(make.root_of(make.dict({{"first", make.weights(3)}, {"second", make.weights(3)}})) ==
        "first (largest)");
}

TEST_CASE("an optimizer is never the root") {
  Maker make;
  CHECK(make.root_of(make.adam()) == " (none)");
  CHECK(make.root_of(make.dict({{"optimizer", make.adam()}, {"epoch", make.integer(1)}})) ==
        " (none)");
}

TEST_CASE("a state dict maps texts to tensors for the most part") {
  Maker make;
  const NodeId tensor = make.tensor({2});
  CHECK(is_state_dict(make.tree, make.dict({{"w", tensor}, {"_extra_state", make.none()}})));
  CHECK_FALSE(is_state_dict(
      make.tree, make.dict({{"w", tensor}, {"epoch", make.none()}, {"args", make.none()}})));
  CHECK_FALSE(is_state_dict(make.tree, make.dict({})));
  CHECK_FALSE(is_state_dict(make.tree, make.dict({{"epoch", make.integer(1)}})));
  CHECK_FALSE(is_state_dict(make.tree, make.list({tensor})));
  CHECK_FALSE(is_state_dict(
      make.tree, make.dict_of(ckpt::model::DictType::plain, {{make.integer(0), tensor}})));
}

TEST_CASE("an optimizer has a state and param_groups") {
  Maker make;
  CHECK(is_optimizer(make.tree, make.adam()));
  CHECK_FALSE(is_optimizer(make.tree, make.dict({{"state", make.dict({})}})));
  CHECK_FALSE(is_optimizer(make.tree,
                           make.dict({{"state", make.none()}, {"param_groups", make.list({})}})));
}

TEST_CASE("sections are found in the order of the file, with what they hold") {
  Maker make;
  make.tree.set_root(make.dict({{"optimizer_states", make.list({make.adam(), make.adam()})},
                                {"state_dict", make.weights()},
                                {"rng", make.tensor({7})}}));
  const auto found = find_sections(make.tree);
  const auto& sections = found.all;
  REQUIRE(sections.size() == 3);
  CHECK(found.places.text(make.tree, sections[0].place) == "optimizer_states:0");
  CHECK(found.places.text(make.tree, sections[1].place) == "optimizer_states:1");
  CHECK(sections[1].kind == SectionKind::optimizer);
  CHECK(sections[1].tensor_count == 1);
  CHECK(sections[1].storage_bytes == 8);
  CHECK(found.places.text(make.tree, sections[2].place) == "state_dict");
  CHECK(sections[2].kind == SectionKind::state_dict);
  CHECK(sections[2].tensor_count == 2);
  CHECK(sections[2].storage_bytes == 24);
}

TEST_CASE("a storage counts once in every section that sees it") {
  Maker make;
  const ckpt::model::StorageId shared = make.storage(12);
  const auto half = [&] {
    return make.dict({{"a", make.view(shared, TreeMaker::dense({3}))},
                      {"b", make.view(shared, TreeMaker::dense({3}))}});
  };
  make.tree.set_root(make.dict({{"model", half()}, {"ema", half()}}));
  const auto sections = find_sections(make.tree).all;
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].storage_bytes == 12);
  CHECK(sections[1].storage_bytes == 12);
  CHECK(storage_bytes_below(make.tree, make.tree.root()) == 12);
}

TEST_CASE("a given root is taken, whatever it is") {
  Maker make;
  make.tree.set_root(make.dict({{"model", make.weights()}, {"list", make.list({make.none()})}}));
  CHECK(path_text(make.tree, root_at(make.tree, "list:0").path) == "list:0");
  CHECK(root_at(make.tree, "").node == make.tree.root());
  CHECK(root_at(make.tree, "model").choice == RootChoice::given);
}

TEST_CASE("a root that is not there gets the closest dict") {
  Maker make;
  make.tree.set_root(make.dict({{"model", make.weights()}, {"modem", make.none()}}));
  CHECK(error_of([&] { root_at(make.tree, "modle"); }) ==
        "usage: nothing lies at 'modle' [did you mean 'model'?]");
}

TEST_CASE("direct entries of the root are shown by their key, the rest in full") {
  Maker make;
  const NodeId inner = make.dict({{"0", make.tensor({1})}});
  const NodeId model = make.dict({{"fc", make.tensor({1})}, {"sub", inner}});
  make.tree.set_root(make.dict({{"model", model}, {"epoch", make.integer(1)}}));
  const Root root = find_root(make.tree);
  const ckpt::model::KeyPath to_model = {{.key = make.tree.entries(make.tree.root())[0].key}};
  ckpt::model::KeyPath path = to_model;
  path.push_back({.key = make.text("fc")});
  CHECK(shown_path(make.tree, root, path) == "fc");
  path.push_back({.key = make.text("deeper")});
  CHECK(shown_path(make.tree, root, path) == "model:fc:deeper");
  CHECK(shown_path(make.tree, root, {{.key = make.text("epoch")}}) == "epoch");
  CHECK(shown_path(make.tree, root, to_model) == "model");
}

TEST_CASE("a checkpoint of which half the values are tensors is no state dict") {
  Maker make;
  const auto random_state = [&] { return make.tensor({5056}, ckpt::model::DType::uint8); };
  CHECK(make.root_of(make.dict({{"model", make.weights()},
                                {"optimizer", make.adam()},
                                {"rng_state", random_state()},
                                {"cuda_rng_state", random_state()}})) == "model (usual name)");
  CHECK(make.root_of(make.dict({{"state_dict", make.dict({{"w", make.tensor({2})}})},
                                {"mean", make.tensor({3})},
                                {"std", make.tensor({3})}})) == "state_dict (usual name)");
  CHECK(make.root_of(make.dict({{"model", make.weights()}, {"loss", make.tensor({1})}})) ==
        "model (usual name)");
  CHECK(make.root_of(make.dict({{"weights", make.weights()}, {"loss", make.tensor({1})}})) ==
        "weights (largest)");
  CHECK(make.root_of(make.dict({{"optim", make.adam()}, {"scale", make.tensor({1})}})) ==
        " (none)");
  const NodeId run = make.dict({{"model", make.weights()}, {"loss", make.tensor({1})}});
  CHECK(make.root_of(make.dict({{"run", run}, {"epoch", make.integer(1)}})) ==
        "run:model (largest)");
}

TEST_CASE("training state beside tensors with names of modules leaves a state dict what it is") {
  Maker make;
  const auto weights_beside = [&](std::string_view name, NodeId value) {
    return make.dict({{"fc.weight", make.tensor({2, 2})},
                      {"fc.bias", make.tensor({2})},
                      {"epoch", make.integer(3)},
                      {name, value}});
  };
  CHECK(make.root_of(weights_beside("optimizer", make.adam())) == " (top)");
  CHECK(make.root_of(weights_beside("ema", make.weights())) == " (top)");
  const NodeId other = make.dict({{"w", make.tensor({2})}});
  CHECK(make.root_of(weights_beside("model", other)) == "model (usual name)");
}

TEST_CASE("dicts of tensors among the entries of modules leave a state dict what it is") {
  Maker make;
  const NodeId extra = make.dict({{"scale", make.tensor({1})}, {"amax", make.tensor({9})}});
  CHECK(make.root_of(make.dict({{"w", make.tensor({2})}, {"fc._extra_state", extra}})) == " (top)");
  CHECK(make.root_of(make.dict({{"w", make.tensor({2})}, {"_extra_state", extra}})) == " (top)");
}

TEST_CASE("states of random number generators alone are no state dict") {
  Maker make;
  const NodeId states = make.dict({{"cpu", make.tensor({5056}, ckpt::model::DType::uint8)},
                                   {"cuda", make.tensor({16}, ckpt::model::DType::uint8)}});
  CHECK_FALSE(is_state_dict(make.tree, states));
}

TEST_CASE("state dicts at every level of a deep file are found, each with its own place") {
  constexpr std::size_t levels = 40'000;  // as whole paths these would take 12 GB
  TreeMaker make;
  const NodeId weights = make.dict({{"w", make.tensor({2})}});
  NodeId below = make.dict({{"s", weights}});
  for (std::size_t i = 1; i < levels; ++i) below = make.dict({{"s", weights}, {"k", below}});
  make.tree.set_root(below);
  const auto found = find_sections(make.tree);
  REQUIRE(found.all.size() == levels);
  CHECK(found.places.text(make.tree, found.all[2].place) == "k:k:s");
  CHECK(found.places.depth(found.all.back().place) == levels);
  CHECK(path_text(make.tree, find_root(make.tree).path) == "s");
}

TEST_CASE("a large dict that lies in many places is looked at once") {
  constexpr std::size_t count = 50'000;
  TreeMaker make;
  std::vector<ckpt::model::Entry> numbers;
  for (std::size_t i = 0; i < count; ++i)
    numbers.push_back({make.text("number " + std::to_string(i)), make.integer(1)});
  const NodeId large = make.dict_of(ckpt::model::DictType::plain, numbers);
  const NodeId many = make.list(std::vector<NodeId>(count, large));
  const NodeId beside = make.dict({{"w", make.tensor({2})}, {"large", large}});
  const NodeId state_dicts = make.list(std::vector<NodeId>(1000, beside));
  make.tree.set_root(make.dict({{"many", many}, {"state_dicts", state_dicts}}));
  CHECK(find_sections(make.tree).all.size() == 1000);
}
