// From what a checkpoint contains to the objects that torch.save would hand to the pickler.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

enum class StorageKeys {
  renumbered,  ///< "0", "1", ... in order of first use, as torch.save has numbered since 1.10
  as_read,     ///< the keys of the file they came from (addresses, before that); new ones: numbers
};

/// Whether a storage's key is its address, as torch wrote them before 1.10. Such a key is a new
/// string wherever the storage is referred to; a number that counts is one string a storage.
bool is_address(std::string_view key);

struct WrittenStorage {
  std::string key;
  model::StorageId storage = model::no_storage;
};

struct WrittenGraph {
  pickle::Graph graph;
  std::vector<WrittenStorage> storages;  ///< in order of first use
  std::vector<pickle::NodeId> nodes;     ///< of each node of the tree; no_node: out of reach
};

/// The graph whose pickle torch.save would write for `tree` after loading it.
/// Errors: Error{conflict} when two storages that stay have one key.
WrittenGraph write_graph(const model::Tree& tree, StorageKeys keys);

}  // namespace ckpt::torch
