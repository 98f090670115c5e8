// What torch.save would hand to the pickler: storages numbered by first use, shared ones once.
#include "ckpt/torch/write_graph.hpp"

#include "ckpt/model/entries.hpp"
#include "pickle/pickle_samples.hpp"
#include "torch/graph_samples.hpp"

using ckpt::torch::StorageKeys;
using ckpt::torch::write_graph;
using ckpt::torch::samples::Maker;

namespace {

std::vector<std::string> keys_of(const ckpt::torch::WrittenGraph& written) {
  std::vector<std::string> keys;
  for (const auto& storage : written.storages) keys.push_back(storage.key);
  return keys;
}

/// Reads {"k": {"a": storage "5", "b": storage "3", "c": storage "5"}}.
ckpt::model::Tree three_tensors(Maker& make) {
  return make.read(
      make.dict({{"a", make.vector("5")}, {"b", make.vector("3")}, {"c", make.vector("5")}}));
}

}  // namespace

TEST_CASE("storages are numbered in the order of their first use") {
  Maker make;
  const auto tree = three_tensors(make);
  const auto written = write_graph(tree, StorageKeys::renumbered);
  CHECK(keys_of(written) == std::vector<std::string>{"0", "1"});
  CHECK(tree.storage_of(written.storages[0].storage).key == "5");
}

TEST_CASE("storages keep their keys where the file has addresses") {
  Maker make;
  CHECK(keys_of(write_graph(three_tensors(make), StorageKeys::as_read)) ==
        std::vector<std::string>{"5", "3"});
}

TEST_CASE("a storage that nothing refers to any more is not written") {
  Maker make;
  auto tree = three_tensors(make);
  ckpt::model::edit_entries(
      tree, ckpt::torch::samples::value_of(tree), [&](std::vector<ckpt::model::Entry>& entries) {
        std::erase_if(entries, [&](const auto& entry) { return !tree.is_text(entry.key, "b"); });
      });
  const auto written = write_graph(tree, StorageKeys::renumbered);
  REQUIRE(written.storages.size() == 1);
  CHECK(tree.storage_of(written.storages[0].storage).key == "3");
}

TEST_CASE("a tensor is written as the call that torch writes") {
  Maker make;
  const auto tree = make.read(make.vector());
  CHECK(ckpt::pickle::samples::show(write_graph(tree, StorageKeys::renumbered).graph) ==
        "{'k': call(<torch._utils _rebuild_tensor_v2>, (persistent(('storage', <torch FloatStorage>"
        ", '0', 'cpu', 3)), 0, (3), (1), False, call(<collections OrderedDict>, ())))}");
}

TEST_CASE("a tensor object under two names stays one object") {
  Maker make;
  const auto vector = make.vector();
  const auto tree = make.read(make.dict({{"a", vector}, {"b", vector}}));
  const auto graph = write_graph(tree, StorageKeys::renumbered).graph;
  const auto inner = graph.entries(graph.entries(graph.root())[0].value);
  CHECK(inner[0].value == inner[1].value);
}

TEST_CASE("two storages of one key cannot both be written under it") {
  Maker make;
  auto tree = three_tensors(make);
  tree.mutable_storage(write_graph(tree, StorageKeys::as_read).storages[1].storage).key = "5";
  CHECK(ckpt::samples::error_of([&] { write_graph(tree, StorageKeys::as_read); }) ==
        "conflict: two storages have the key '5'");
}
