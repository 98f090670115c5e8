// Creates the objects that torch.save makes for tensors and storages while it pickles. Some are new
// each time, others are shared: one string 'storage', one 'cpu', one object per class, one key per
// storage (a key that is an address is new each time). The pickler's memo makes the difference
// visible in every file, so equal bytes need the same sharing.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/write_graph.hpp"

namespace ckpt::torch {

class TensorObjects {
 public:
  /// `storages` contains every storage that will be referred to.
  TensorObjects(const model::Tree& tree, pickle::Graph& graph,
                const std::vector<WrittenStorage>& storages);

  pickle::NodeId global(std::string_view module, std::string_view name);
  pickle::NodeId empty_ordered_dict();
  /// ('storage', class, key, location, count) for a storage seen as elements of `dtype`, or as
  /// bytes when `dtype` has no storage class.
  pickle::NodeId storage_reference(model::StorageId id, std::optional<model::DType> dtype);
  /// The call that rebuilds a tensor whose fields say everything.
  pickle::NodeId tensor(const model::Tensor& tensor);

 private:
  struct Key {
    std::string text;
    pickle::NodeId node = pickle::no_node;
  };

  pickle::NodeId plain_tensor(const model::Tensor& tensor);
  pickle::NodeId call(std::string_view function, std::span<const pickle::NodeId> args);
  pickle::NodeId integers(const std::vector<std::int64_t>& numbers);
  pickle::NodeId location(const std::string& location);
  pickle::NodeId constant(const std::string& text);
  pickle::NodeId key_of(model::StorageId id);

  const model::Tree& tree_;
  pickle::Graph& graph_;
  std::vector<Key> keys_;  // by storage
  std::map<std::pair<std::string, std::string>, pickle::NodeId> globals_;
  std::unordered_map<std::string, pickle::NodeId> constants_;
};

}  // namespace ckpt::torch
