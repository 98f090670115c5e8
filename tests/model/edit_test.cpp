#include "ckpt/model/edit.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/error_text.hpp"
#include "ckpt/base/text.hpp"
#include "model/tree_samples.hpp"

using ckpt::model::Entry;
using ckpt::model::no_node;
using ckpt::model::NodeId;
using ckpt::samples::error_of;
using ckpt::samples::TreeMaker;
using Names = std::vector<std::string>;

namespace {

std::string without_module(std::string_view key) {
  constexpr std::string_view prefix = "module.";
  return std::string(key.starts_with(prefix) ? key.substr(prefix.size()) : key);
}

/// An ordered dict with those keys, and a _metadata with those modules, each with a version that
/// is its position.
struct StateDict {
  TreeMaker make;
  NodeId metadata = no_node;
  NodeId dict = no_node;

  StateDict(const Names& keys, const Names& modules) {
    std::vector<Entry> entries;
    for (const std::string& module : modules)
      entries.push_back({make.text(module), make.integer(std::ssize(entries))});
    metadata = make.dict_of(ckpt::model::DictType::ordered, entries);
    entries.clear();
    for (const std::string& key : keys) entries.push_back({make.text(key), make.tensor({1})});
    dict =
        make.dict_of(ckpt::model::DictType::ordered, entries, make.dict({{"_metadata", metadata}}));
  }

  /// The `_metadata` that it has now.
  NodeId own_metadata() const { return make.tree.find(make.tree.attributes(dict), "_metadata"); }

  std::vector<std::int64_t> versions() const {
    std::vector<std::int64_t> numbers;
    for (const Entry& entry : make.tree.entries(own_metadata()))
      numbers.push_back(make.tree.integer(entry.value));
    return numbers;
  }
};

}  // namespace

TEST_CASE("entries that are not kept go, the others stay in order") {
  StateDict state({"a", "b", "c", "d"}, {""});
  const auto is_kept = [&](const Entry& entry) {
    return state.make.tree.text(entry.key) != "b" && state.make.tree.text(entry.key) != "d";
  };
  CHECK(keep_entries(state.make.tree, state.dict, is_kept) == 2);
  CHECK(state.make.keys(state.dict) == Names{"a", "c"});
  CHECK(keep_entries(state.make.tree, state.dict, is_kept) == 0);
}

TEST_CASE("a renamed key keeps its place and its value") {
  StateDict state({"module.fc.weight", "other", "module.fc.bias"}, {});
  const NodeId first_value = state.make.tree.entries(state.dict)[0].value;
  CHECK(rename_keys(state.make.tree, state.dict, without_module) == 2);
  CHECK(state.make.keys(state.dict) == Names{"fc.weight", "other", "fc.bias"});
  CHECK(state.make.tree.entries(state.dict)[0].value == first_value);
}

TEST_CASE("a key that keeps its name keeps its node") {
  StateDict state({"module.a", "other"}, {});
  const NodeId other = state.make.tree.entries(state.dict)[1].key;
  rename_keys(state.make.tree, state.dict, without_module);
  CHECK(state.make.tree.entries(state.dict)[1].key == other);
}

TEST_CASE("module paths in _metadata are renamed as the keys below them") {
  StateDict state({"old.weight", "keep.weight"}, {"", "old", "old.inner", "keep"});
  rename_keys(state.make.tree, state.dict, [](std::string_view key) {
    return key.starts_with("old.") ? ckpt::concat("new.", key.substr(4)) : std::string(key);
  });
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "new", "new.inner", "keep"});
  CHECK(state.versions() == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("of two modules that become one the inner one's entry stays") {
  StateDict state({"module.fc.weight"}, {"", "module", "module.fc"});
  rename_keys(state.make.tree, state.dict, without_module);
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "fc"});
  CHECK(state.versions() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("a prefix moves the root of _metadata down") {
  StateDict state({"fc.weight"}, {"", "fc"});
  rename_keys(state.make.tree, state.dict,
              [](std::string_view key) { return ckpt::concat("model.", key); });
  CHECK(state.make.keys(state.own_metadata()) == Names{"model", "model.fc"});
}

TEST_CASE("without _metadata only keys are renamed") {
  TreeMaker make;
  const NodeId dict = make.dict({{"module.a", make.tensor({1})}});
  CHECK(rename_keys(make.tree, dict, without_module) == 1);
  CHECK(make.keys(dict) == Names{"a"});
}

TEST_CASE("keys that are no text are left alone") {
  TreeMaker make;
  const NodeId dict = make.dict_of(ckpt::model::DictType::plain,
                                   {{make.integer(0), make.none()}, {make.none(), make.none()}});
  CHECK(rename_keys(make.tree, dict, [](std::string_view) { return "x"; }) == 0);
}

TEST_CASE("two keys that would become one are both named, and nothing changes") {
  StateDict state({"module.a", "a"}, {"module"});
  CHECK(error_of([&] { rename_keys(state.make.tree, state.dict, without_module); }) ==
        "conflict: 'module.a' and 'a' would both become 'a'");
  CHECK(state.make.keys(state.dict) == Names{"module.a", "a"});
  CHECK(state.make.keys(state.own_metadata()) == Names{"module"});
}

TEST_CASE("two keys may change places") {
  StateDict state({"a", "b"}, {});
  const auto swapped = [](std::string_view key) { return std::string(key == "a" ? "b" : "a"); };
  CHECK(rename_keys(state.make.tree, state.dict, swapped) == 2);
  CHECK(state.make.keys(state.dict) == Names{"b", "a"});
}

TEST_CASE("a _metadata that another dict has too is not renamed for both") {
  StateDict state({"old.weight"}, {"", "old"});
  rename_keys(state.make.tree, state.dict, [](std::string_view) { return "new.weight"; });
  CHECK(state.make.keys(state.metadata) == Names{"", "old"});
}
