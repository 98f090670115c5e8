// The storages of a file by key: declared once, loaded once, however many tensors share them.
#pragma once

#include <string>
#include <unordered_map>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/read_tree.hpp"

namespace ckpt::torch {

class StorageTable {
 public:
  StorageTable(const pickle::Graph& graph, model::Tree& tree, const StorageLoader& load,
               model::ByteOrder byte_order)
      : graph_(graph), tree_(tree), load_(load), byte_order_(byte_order) {}

  /// Whether a persistent node has the form ('storage', class, key, location, count[, view]).
  bool is_storage(pickle::NodeId persistent) const;
  /// The storage it refers to. Errors: Error{malformed} for a class, key or count that torch would
  /// refuse, and for a key seen with another class or count.
  model::StorageId storage_of(pickle::NodeId persistent);

  const model::Storage& storage(model::StorageId id) const { return tree_.storage_of(id); }

 private:
  StorageRequest request_of(std::span<const pickle::NodeId> parts) const;
  model::StorageId add(StorageRequest request);
  void refuse_other_type(const model::Storage& known, const StorageRequest& request) const;

  const pickle::Graph& graph_;
  model::Tree& tree_;
  const StorageLoader& load_;
  model::ByteOrder byte_order_;
  std::unordered_map<std::string, model::StorageId> by_key_;
};

}  // namespace ckpt::torch
