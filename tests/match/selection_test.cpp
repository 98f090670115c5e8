#include "ckpt/match/selection.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "ckpt/edit/remove.hpp"
#include "model/tree_samples.hpp"

using ckpt::match::PatternSet;
using ckpt::match::Selection;
using ckpt::model::NodeId;
using ckpt::samples::error_of;
using ckpt::samples::TreeMaker;
using Texts = std::vector<std::string>;

namespace {

/// model { fc.weight, fc.bias, bn.running_mean, _extra_state }, optimizer { state { 0 { step,
/// exp_avg } }, param_groups [ { lr } ] }, epoch, pair [ tensor, tensor ], empty {}.
struct Sample : TreeMaker {
  Sample() {
    const NodeId model = ordered({{"fc.weight", tensor({2, 2})},
                                  {"fc.bias", tensor({2})},
                                  {"bn.running_mean", tensor({2})},
                                  {"_extra_state", dict({{"a", integer(1)}})}});
    const NodeId slots = dict({{"step", integer(3)}, {"exp_avg", tensor({2})}});
    const NodeId state = dict_of(ckpt::model::DictType::plain, {{integer(0), slots}});
    const NodeId groups = list({dict({{"lr", real(0.1)}})});
    tree.set_root(dict({{"model", model},
                        {"optimizer", dict({{"state", state}, {"param_groups", groups}})},
                        {"epoch", integer(3)},
                        {"pair", list({tensor({1}), tensor({1})})},
                        {"empty", dict({})}}));
  }

  Selection select(const Texts& keep_texts, const Texts& drop_texts) const {
    PatternSet keep(keep_texts);
    PatternSet drop(drop_texts);
    return ckpt::match::select(tree, find_root(tree), keep, drop);
  }

  Texts dropped(const Texts& keep, const Texts& drop) const {
    Texts shown;
    const Selection selection = select(keep, drop);
    for (const ckpt::match::DroppedEntry& entry : selection.dropped)
      shown.push_back(selection.shown(tree, entry));
    return shown;
  }
};

}  // namespace

TEST_CASE("what no --keep pattern matches goes from the root, and from nowhere else") {
  const Sample sample;
  CHECK(sample.dropped({"fc"}, {}) == Texts{"bn.running_mean", "_extra_state"});
  CHECK(sample.dropped({"**"}, {}).empty());
}

TEST_CASE("--drop wins over --keep") {
  const Sample sample;
  CHECK(sample.dropped({}, {"fc.bias"}) == Texts{"fc.bias"});
  CHECK(sample.dropped({"fc"}, {"*.bias"}) == Texts{"fc.bias", "bn.running_mean", "_extra_state"});
}

TEST_CASE("a --keep pattern with a colon decides about the whole tree") {
  const Sample sample;
  CHECK(sample.dropped({"model:fc.weight", "optimizer:**"}, {}) ==
        Texts{"fc.bias", "bn.running_mean", "_extra_state", "epoch", "pair", "empty"});
}

TEST_CASE("a --drop pattern with a colon reaches anything") {
  const Sample sample;
  CHECK(sample.dropped({}, {":epoch"}) == Texts{"epoch"});
  CHECK(sample.dropped({}, {"optimizer:state:0:exp_avg"}) == Texts{"optimizer:state:0:exp_avg"});
  CHECK(sample.dropped({}, {"empty:**"}).empty());
  CHECK(sample.dropped({}, {":empty"}) == Texts{"empty"});
}

TEST_CASE("the root goes where a pattern sees the whole tree, else it would be emptied") {
  const Sample sample;
  CHECK(sample.dropped({}, {":model"}) == Texts{"model"});
  CHECK(sample.dropped({"optimizer:**"}, {}) == Texts{"model", "epoch", "pair", "empty"});
  CHECK(sample.select({}, {":model"}).drops_root);
  CHECK(sample.select({}, {"**"}).empties_root);
  CHECK_FALSE(sample.select({}, {"{fc,bn}"}).empties_root);
}

TEST_CASE("a container goes when everything in it goes, whatever that is") {
  const Sample sample;
  CHECK(sample.dropped({}, {"optimizer:state"}) == Texts{"optimizer:state"});
  CHECK(sample.dropped({}, {"optimizer:state:*"}) == Texts{"optimizer:state"});
  CHECK(sample.dropped({}, {"optimizer:**"}) == Texts{"optimizer"});
  CHECK(sample.dropped({}, {"pair:*"}) == Texts{"pair"});
  CHECK(sample.dropped({}, {"_extra_state"}) == Texts{"_extra_state"});
}

TEST_CASE("a container stays when its entries go by their names") {
  Sample sample;
  CHECK(sample.dropped({}, {"optimizer:state:0"}) == Texts{"optimizer:state:0"});
  ckpt::edit::remove_entries(sample.tree, sample.select({}, {"optimizer:state:0"}));
  const NodeId optimizer = sample.tree.find(sample.tree.root(), "optimizer");
  CHECK(sample.tree.entries(sample.tree.find(optimizer, "state")).empty());
}

TEST_CASE("the root's dict in a second place goes there and stays in the first") {
  TreeMaker make;
  const NodeId model = make.dict({{"w", make.tensor({1})}, {"b", make.tensor({1})}});
  const NodeId best = make.dict({{"model", model}, {"acc", make.real(0.5)}});
  make.tree.set_root(make.dict({{"best", best}, {"model", model}, {"hist", make.list({model})}}));
  const auto select = [&](const Texts& texts) {
    PatternSet keep;
    PatternSet drop(texts);
    return ckpt::match::select(make.tree, find_root(make.tree), keep, drop);
  };
  CHECK(select({"w", "b"}).empties_root);
  ckpt::edit::remove_entries(make.tree, select({":best"}));
  CHECK(make.keys(make.tree.root()) == Texts{"model", "hist"});
  CHECK(make.keys(model) == Texts{"w", "b"});
  ckpt::edit::remove_entries(make.tree, select({":hist"}));
  CHECK(make.keys(model) == Texts{"w", "b"});
}

TEST_CASE("entries of a dict that stays at another place are kept, and counted once") {
  TreeMaker make;
  const NodeId model = make.dict({{"w", make.tensor({1})}, {"b", make.tensor({1})}});
  make.tree.set_root(make.dict({{"model", model}, {"best", model}, {"mean", make.tensor({1})}}));
  const auto counts = [&](const Texts& texts) {
    PatternSet keep;
    PatternSet drop(texts);
    const Selection selection = select(make.tree, find_root(make.tree), keep, drop);
    return std::pair(selection.kept_tensors, selection.dropped_tensors);
  };
  CHECK(counts({":best"}) == std::pair<std::size_t, std::size_t>(3, 0));
  CHECK(counts({":mean"}) == std::pair<std::size_t, std::size_t>(2, 1));
  CHECK(counts({":best", ":model:w"}) == std::pair<std::size_t, std::size_t>(2, 1));
}

TEST_CASE("an entry goes from a shared dict at the places that are named") {
  TreeMaker make;
  const NodeId model = make.dict({{"w", make.tensor({1})}, {"b", make.tensor({1})}});
  const NodeId best = make.dict({{"model", model}});
  make.tree.set_root(make.dict({{"model", model}, {"best", best}, {"again", best}}));
  const auto drop = [&](const Texts& texts) {
    PatternSet keep;
    PatternSet patterns(texts);
    ckpt::edit::remove_entries(make.tree, select(make.tree, find_root(make.tree), keep, patterns));
  };
  const auto keys_at = [&](std::string_view path) {
    return make.keys(find_path(make.tree, make.tree.root(), path));
  };
  PatternSet keep;
  PatternSet pattern(Texts{"best:model:w"});
  const Selection selection = select(make.tree, find_root(make.tree), keep, pattern);
  REQUIRE(selection.dropped.size() == 1);
  CHECK_FALSE(selection.dropped[0].is_root_entry);
  drop({"best:model:w"});
  CHECK(keys_at("best:model") == Texts{"b"});
  CHECK(keys_at("again:model") == Texts{"w", "b"});
  CHECK(keys_at("model") == Texts{"w", "b"});
  CHECK(make.tree.find(make.tree.root(), "again") == best);
  drop({"**:w", "w"});
  CHECK(keys_at("again:model") == Texts{"b"});
  CHECK(find_path(make.tree, best, "model") == find_path(make.tree, make.tree.root(), "model"));
}

TEST_CASE("the root itself stays, however empty") {
  const Sample sample;
  CHECK(sample.dropped({}, {"**"}) ==
        Texts{"fc.weight", "fc.bias", "bn.running_mean", "_extra_state"});
}

TEST_CASE("an item of a list cannot go alone") {
  const Sample sample;
  CHECK(error_of([&] { sample.select({}, {"pair:0"}); }) ==
        "conflict: 'pair:0' is an item of a list that stays; only entries of dicts can be dropped");
}

TEST_CASE("a part of an object cannot go alone") {
  TreeMaker make;
  const NodeId state = make.dict({{"lr", make.real(0.1)}, {"steps", make.integer(3)}});
  const NodeId object =
      make.object({.callable = make.symbol("m", "C"),
                   .args = make.tuple({}),
                   .steps = {{.kind = ckpt::model::StepKind::build, .value = state}}});
  make.tree.set_root(
      make.dict({{"model", make.dict({{"w", make.tensor({1})}})}, {"args", object}}));
  PatternSet keep;
  PatternSet drop(Texts{"args:lr"});
  CHECK(error_of([&] { select(make.tree, find_root(make.tree), keep, drop); }) ==
        "conflict: 'args:lr' is an item of an object that stays; only entries of dicts can be "
        "dropped");
}

TEST_CASE("tensors are counted, wherever they are") {
  const Sample sample;
  const Selection selection = sample.select({"fc"}, {"pair:**"});
  CHECK(selection.kept_tensors == 3);  // fc.weight, fc.bias, exp_avg
  CHECK(selection.dropped_tensors == 3);
}

TEST_CASE("dropped entries go from their dicts, the others stay in order") {
  Sample sample;
  const NodeId top = sample.tree.root();
  const NodeId model = sample.tree.find(top, "model");
  ckpt::edit::remove_entries(sample.tree,
                             sample.select({}, {"fc.weight", ":epoch", "_extra_state"}));
  CHECK(sample.keys(model) == Texts{"fc.bias", "bn.running_mean"});
  CHECK(sample.keys(top) == Texts{"model", "optimizer", "pair", "empty"});
  CHECK(sample.tree.find(top, "model") == model);
}

TEST_CASE("patterns see the key of an entry of the root, and paths elsewhere") {
  Sample sample;
  const auto root = find_root(sample.tree);
  const auto entries = sample.tree.entries(sample.tree.root());
  PatternSet patterns(Texts{"model:\"0\"", ":epoch", "0"});
  ckpt::match::SeenPaths paths(sample.tree, root, patterns);
  using Matches = std::vector<bool>;
  ckpt::model::KeyPath path;
  const auto go_on = [&](NodeId key) {
    path.push_back({.key = key});
    paths.follow(path);
    return paths.seen(path);
  };
  CHECK_FALSE(go_on(entries[0].key).key);
  CHECK(*paths.seen(path).path_matches == Matches{false, false, false});
  CHECK(go_on(sample.text("0")).key == "0");
  CHECK(*paths.seen(path).path_matches == Matches{true, false, false});
  CHECK(*paths.seen(path).key_matches == Matches{false, false, true});
  CHECK(go_on(sample.text("deeper")).key == "0");
  CHECK(*paths.seen(path).path_matches == Matches{true, false, false});
  path.clear();
  CHECK_FALSE(go_on(entries[2].key).key);
  CHECK(*paths.seen(path).path_matches == Matches{false, true, false});
}

TEST_CASE("a bare tensor is the empty key") {
  TreeMaker make;
  make.tree.set_root(make.tensor({2}));
  PatternSet keep(Texts{"**"});
  PatternSet drop;
  const Selection selection = select(make.tree, find_root(make.tree), keep, drop);
  CHECK(selection.kept_tensors == 1);
  CHECK(selection.dropped.empty());
}

TEST_CASE("patterns about paths take time in proportion to a deep file") {
  TreeMaker make;
  NodeId below = make.tensor({2});
  for (int i = 0; i < 100'000; ++i) below = make.dict({{"b", make.integer(1)}, {"k", below}});
  make.tree.set_root(make.dict({{"model", make.dict({{"w", make.tensor({2})}})}, {"x", below}}));
  PatternSet keep(Texts{"**:w", "**:k"});
  PatternSet drop(Texts{"**:y:**", "x:**:b"});
  const Selection selection = select(make.tree, find_root(make.tree), keep, drop);
  CHECK(drop.unused() == Texts{"**:y:**"});
  CHECK(selection.kept_tensors == 2);
  CHECK(selection.dropped.size() == 100'000);
  CHECK(selection.shown(make.tree, selection.dropped[0]) == "x:b");
  CHECK(selection.shown(make.tree, selection.dropped[1]) == "x:k:b");
  CHECK(selection.shown(make.tree, selection.dropped.back()).size() < 1100);
}
