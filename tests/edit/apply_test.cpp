#include "ckpt/edit/apply.hpp"

#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "model/tree_samples.hpp"
#include "optim/builders.hpp"

using ckpt::edit::apply;
using ckpt::edit::Output;
using ckpt::edit::RootEdit;
using ckpt::model::EmptyModules;
using ckpt::model::Entry;
using ckpt::model::no_node;
using ckpt::model::NodeId;
using ckpt::model::Root;
using ckpt::model::RootChoice;
using ckpt::model::Tree;
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
    make.tree.set_root(dict);
  }

  ckpt::edit::Report edit(const std::function<std::string(std::string_view)>& new_name) {
    return apply(make.tree, root(), ckpt::edit::make_root_edit(make.tree, dict, new_name));
  }
  ckpt::model::Root root() const { return {dict, {}, ckpt::model::RootChoice::given}; }

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

TEST_CASE("a renamed key keeps its place and its value") {
  StateDict state({"module.fc.weight", "other", "module.fc.bias"}, {});
  const NodeId first_value = state.make.tree.entries(state.dict)[0].value;
  CHECK(state.edit(without_module).renamed_tensors == 2);
  CHECK(state.make.keys(state.dict) == Names{"fc.weight", "other", "fc.bias"});
  CHECK(state.make.tree.entries(state.dict)[0].value == first_value);
}

TEST_CASE("a key that keeps its name keeps its node") {
  StateDict state({"module.a", "other"}, {});
  const NodeId other = state.make.tree.entries(state.dict)[1].key;
  state.edit(without_module);
  CHECK(state.make.tree.entries(state.dict)[1].key == other);
}

TEST_CASE("module paths in _metadata are renamed as the keys below them") {
  StateDict state({"old.weight", "keep.weight"}, {"", "old", "old.inner", "keep"});
  state.edit([](std::string_view key) {
    return key.starts_with("old.") ? ckpt::concat("new.", key.substr(4)) : std::string(key);
  });
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "new", "new.inner", "keep"});
  CHECK(state.versions() == std::vector<std::int64_t>{0, 1, 2, 3});
}

TEST_CASE("of two modules that become one the inner one's entry stays") {
  StateDict state({"module.fc.weight"}, {"", "module", "module.fc"});
  state.edit(without_module);
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "fc"});
  CHECK(state.versions() == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("a module that the rule is not about stays, and one that it makes the root is the root") {
  const Names modules{"", "module", "module.inner", "module.inner.fc"};
  StateDict state({"module.inner.fc.weight"}, modules);
  state.edit([](std::string_view key) {
    constexpr std::string_view prefix = "module.inner.";
    return std::string(key.starts_with(prefix) ? key.substr(prefix.size()) : key);
  });
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "module", "fc"});
  CHECK(state.versions() == std::vector<std::int64_t>{2, 1, 3});
}

TEST_CASE("a prefix of all keys moves the root of _metadata down, and what has no keys with it") {
  StateDict state({"fc.weight"}, {"", "fc", "relu"});
  state.edit([](std::string_view key) { return ckpt::concat("model.", key); });
  CHECK(state.make.keys(state.own_metadata()) == Names{"model", "model.fc", "model.relu"});
}

TEST_CASE("a prefix that makes no module leaves the root of _metadata where it is") {
  StateDict state({"fc.weight"}, {"", "fc"});
  state.edit([](std::string_view key) { return ckpt::concat("x_", key); });
  CHECK(state.make.keys(state.own_metadata()) == Names{"", "x_fc"});
}

TEST_CASE("modules whose keys are all dropped stay in _metadata or go, as the edit says") {
  for (const EmptyModules modules : {EmptyModules::stay, EmptyModules::go}) {
    StateDict state({"a.weight", "b.weight"}, {"", "a", "b"});
    RootEdit edit{.outputs = {{"b.weight", {"b.weight"}}}, .empty_modules = modules};
    apply(state.make.tree, state.root(), edit);
    const bool stays = modules == EmptyModules::stay;
    CHECK(state.make.keys(state.own_metadata()) == (stays ? Names{"", "a", "b"} : Names{"", "b"}));
  }
}

TEST_CASE("without _metadata only keys are renamed") {
  TreeMaker make;
  const NodeId dict = make.dict({{"module.a", make.tensor({1})}});
  make.tree.set_root(dict);
  CHECK(apply(make.tree, {dict, {}, RootChoice::top},
              ckpt::edit::make_root_edit(make.tree, dict, without_module))
            .renamed_tensors == 1);
  CHECK(make.keys(dict) == Names{"a"});
}

TEST_CASE("keys that are no text stay where they are while the order stays, else in front") {
  TreeMaker make;
  const NodeId dict =
      make.dict_of(ckpt::model::DictType::plain, {{make.text("a"), make.tensor({1})},
                                                  {make.integer(7), make.none()},
                                                  {make.text("b"), make.tensor({1})}});
  make.tree.set_root(dict);
  const auto keys = [&] {
    Names names;
    for (const Entry& entry : make.tree.entries(dict))
      names.push_back(ckpt::model::key_text(make.tree, entry.key));
    return names;
  };
  const Root root{dict, {}, RootChoice::top};
  apply(make.tree, root, {{{"x", {"a"}}, {"b", {"b"}}}});
  CHECK(keys() == Names{"x", "7", "b"});
  CHECK(apply(make.tree, root, {{{"b", {"b"}}, {"x", {"x"}}}}).moved == 3);
  CHECK(keys() == Names{"7", "b", "x"});
}

TEST_CASE("two keys that would become one are both named, and nothing changes") {
  StateDict state({"module.a", "a"}, {"module"});
  CHECK(error_of([&] { state.edit(without_module); }) ==
        "conflict: 'module.a' and 'a' would both become 'a'");
  CHECK(state.make.keys(state.dict) == Names{"module.a", "a"});
  CHECK(state.make.keys(state.own_metadata()) == Names{"module"});
}

TEST_CASE("a source that is no key of the root is named") {
  StateDict state({"a"}, {});
  CHECK(error_of([&] {
          apply(state.make.tree, state.root(), {{{"x", {"b"}}}});
        }) == "conflict: 'x' is to be made of 'b', which is no key");
}

TEST_CASE("two keys may change places") {
  StateDict state({"a", "b"}, {});
  state.edit([](std::string_view key) { return std::string(key == "a" ? "b" : "a"); });
  CHECK(state.make.keys(state.dict) == Names{"b", "a"});
}

TEST_CASE("a _metadata that another dict has too is not renamed for both") {
  StateDict state({"old.weight"}, {"", "old"});
  state.edit([](std::string_view) { return "new.weight"; });
  CHECK(state.make.keys(state.metadata) == Names{"", "old"});
}

TEST_CASE("what an edit makes of the root it makes of an average, and leaves new entries out") {
  TreeMaker make;
  const NodeId model = make.dict({{"a", make.tensor({1})}, {"b", make.tensor({1})}});
  const NodeId ema =
      make.dict({{"b", make.tensor({1})}, {"n", make.none()}, {"a", make.tensor({1})}});
  make.tree.set_root(make.dict({{"model", model}, {"ema", ema}}));
  RootEdit edit{.outputs = {{"z", {"a"}}, {"new", {}}}};
  edit.begin_values = [](Tree& tree, const ckpt::model::ValueBefore&) {
    return [&tree](const Output&) { return tree.add_integer(1); };
  };
  const auto report = apply(make.tree, find_root(make.tree), edit);
  CHECK(make.keys(model) == Names{"z", "new"});
  CHECK(make.keys(ema) == Names{"n", "z"});
  CHECK(report.followers.remarks == Names{"'ema': edited like the model it averages"});
}

TEST_CASE("an edit that is refused after half of it is done leaves the tree as it was") {
  TreeMaker make;
  const NodeId model = make.dict({{"a", make.tensor({1})}, {"b", make.tensor({1})}});
  const NodeId first = make.dict({{"a", make.tensor({1})}, {"b", make.tensor({1})}});
  const NodeId second =
      make.dict({{"a", make.tensor({1})}, {"b", make.tensor({1})}, {"z", make.tensor({1})}});
  make.tree.set_root(make.dict({{"model", model}, {"ema", first}, {"ema_2", second}}));
  const RootEdit edit{.outputs = {{"z", {"a"}}}};
  CHECK(error_of([&] { apply(make.tree, find_root(make.tree), edit); }) ==
        "conflict: ema_2: two entries would be called 'z'");
  for (const NodeId dict : {model, first}) CHECK(make.keys(dict) == Names{"a", "b"});
  CHECK(make.keys(second) == Names{"a", "b", "z"});
}

TEST_CASE("optimizers are not edited when the values of the root cannot be made") {
  using namespace ckpt::optim;
  testing::TreeBuilder made;
  const NodeId model = made.dict({{"a", made.tensor({4}, 0)}, {"b", made.tensor({2}, 0)}});
  made.tree.set_root(made.dict({{"model", model}, {"optimizer", made.adam({{4}, {2}})}}));
  RootEdit edit{.outputs = {{"b", {"b"}}, {"c", {}}}};
  edit.begin_values = [](Tree&, const ckpt::model::ValueBefore&) -> ckpt::model::ValueAfter {
    throw ckpt::Error(ckpt::ErrorKind::conflict, "no value");
  };
  const Root root = find_root(made.tree);
  CHECK(error_of([&] { ckpt::edit::apply(made.tree, root, edit); }) == "conflict: no value");
  CHECK(find_optimizers(made.tree).at(0).slots.size() == 2);
}
