// The storages of a file, by key. Each is declared by every tensor that uses it, and loaded once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"
#include "ckpt/torch/read_tree.hpp"
#include "torch/shared_arguments.hpp"

namespace ckpt::torch {

/// Maps the keys of a file to storages of the tree that is being read.
class StorageTable {
 public:
  StorageTable(const pickle::Graph& graph, model::Tree& tree, const StorageLoader& load,
               model::ByteOrder byte_order)
      : graph_(graph),
        tree_(tree),
        load_(load),
        byte_order_(byte_order),
        shared_arguments_(graph),
        by_key_(0, {tree}, {tree}) {}

  /// Whether a persistent id has the form ('storage', class, key, location, count[, view]).
  bool is_storage(pickle::NodeId persistent) const;
  /// The storage of the persistent id. Throws Error{malformed} for a class, key or count that torch
  /// would refuse, and for a key that was declared before with another element type or count.
  model::StorageId storage_of(pickle::NodeId persistent);
  /// The same for a storage that occurs without a tensor; this reference then determines its class
  /// when it is written.
  model::StorageId bare_storage_of(pickle::NodeId persistent);

  const model::Storage& storage(model::StorageId id) const { return tree_.storage_of(id); }
  SharedArguments& shared_arguments() { return shared_arguments_; }

 private:
  StorageRequest request_of(std::span<const pickle::NodeId> parts) const;
  model::StorageId add(StorageRequest request);
  void refuse_other_type(const model::Storage& known, const StorageRequest& request) const;

  /// An index entry. The key itself is in the tree.
  struct KeyHash {
    using is_transparent = void;
    const model::Tree& tree;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
    std::size_t operator()(model::StorageId id) const { return (*this)(tree.storage_of(id).key); }
  };
  struct IsSameKey {
    using is_transparent = void;
    const model::Tree& tree;
    bool operator()(model::StorageId a, model::StorageId b) const {
      return tree.storage_of(a).key == tree.storage_of(b).key;
    }
    bool operator()(std::string_view key, model::StorageId id) const {
      return tree.storage_of(id).key == key;
    }
    bool operator()(model::StorageId id, std::string_view key) const { return (*this)(key, id); }
  };

  const pickle::Graph& graph_;
  model::Tree& tree_;
  const StorageLoader& load_;
  model::ByteOrder byte_order_;
  SharedArguments shared_arguments_;
  std::unordered_set<model::StorageId, KeyHash, IsSameKey> by_key_;
};

}  // namespace ckpt::torch
