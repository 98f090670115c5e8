// Graphs as torch.save makes them, built call by call so that each argument can lie, and what
// read_tree makes of them.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error_text.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/read_tree.hpp"

namespace ckpt::torch::samples {

using Nodes = std::initializer_list<pickle::NodeId>;

struct Maker {
  pickle::Graph graph;

  pickle::NodeId none() { return graph.add_none(); }
  pickle::NodeId boolean(bool truth) { return graph.add_boolean(truth); }
  pickle::NodeId integer(std::int64_t number) { return graph.add_integer(number); }
  pickle::NodeId text(std::string_view text) { return graph.add_text(text); }
  pickle::NodeId tuple(Nodes items) { return graph.add_tuple(items); }
  pickle::NodeId global(std::string_view module, std::string_view name) {
    return graph.add_global(module, name);
  }
  pickle::NodeId integers(std::initializer_list<std::int64_t> numbers) {
    std::vector<pickle::NodeId> items;
    for (const std::int64_t number : numbers) items.push_back(integer(number));
    return graph.add_tuple(items);
  }
  pickle::NodeId call(std::string_view module, std::string_view name, Nodes args) {
    return graph.add_object({.callable = global(module, name), .args = tuple(args)});
  }
  pickle::NodeId rebuild(std::string_view name, Nodes args) {
    return call("torch._utils", name, args);
  }
  pickle::NodeId hooks() { return call("collections", "OrderedDict", {}); }

  pickle::NodeId dict(std::initializer_list<std::pair<std::string_view, pickle::NodeId>> entries) {
    const pickle::NodeId made = graph.add_dict();
    for (const auto& [key, value] : entries) graph.set_item(made, text(key), value);
    return made;
  }

  /// persistent('storage', torch.CLASS, key, 'cpu', count)
  pickle::NodeId storage(std::string_view storage_class, std::string_view key, std::int64_t count) {
    const std::string_view module = storage_class == "UntypedStorage" ? "torch.storage" : "torch";
    return graph.add_persistent(tuple(
        {text("storage"), global(module, storage_class), text(key), text("cpu"), integer(count)}));
  }

  /// A float32 tensor of three elements in a storage of three.
  pickle::NodeId vector(std::string_view key = "0") {
    return rebuild("_rebuild_tensor_v2", {storage("FloatStorage", key, 3), integer(0),
                                          integers({3}), integers({1}), boolean(false), hooks()});
  }

  /// The tree of {"k": value}; every storage has as many bytes as it declares.
  model::Tree read(pickle::NodeId value) {
    graph.set_root(dict({{"k", value}}));
    return read_tree(graph, [](const StorageRequest& request) {
      return model::make_memory_blob(Bytes(static_cast<std::size_t>(request.size_bytes)));
    });
  }

  std::string error_of_reading(pickle::NodeId value) {
    return ckpt::samples::error_of([&] { read(value); });
  }
};

inline model::NodeId value_of(const model::Tree& tree, std::string_view key = "k") {
  return tree.find(tree.root(), key);
}

inline const model::Tensor& tensor_of(const model::Tree& tree, std::string_view key = "k") {
  return tree.tensor(value_of(tree, key));
}

}  // namespace ckpt::torch::samples
