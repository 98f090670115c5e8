// Turns a model::Tree into the pickle Graph that torch.save would hand to the pickler: the inverse
// of read_tree. Shared strings and tuples must be shared in the same way as torch shares them,
// because the pickler's memo makes sharing visible in the bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// The names that storages get in the file.
enum class StorageKeys {
  renumbered,  ///< "0", "1", ... in order of first use, as torch.save does since 1.10
  as_read,     ///< the keys of the file (before 1.10 addresses); new storages get numbers
};

/// Whether a storage key is a memory address, as torch wrote before 1.10. torch made a new string
/// for every reference to an address, but one string per storage for a number; the pickler's memo
/// shows the difference.
bool is_address(std::string_view key);

/// A storage with its key in the file.
struct WrittenStorage {
  std::string key;
  model::StorageId storage = model::no_storage;
};

/// The graph of a file, and what its ids refer to.
struct WrittenGraph {
  pickle::Graph graph;
  std::vector<WrittenStorage> storages;  ///< in order of first use
  std::vector<pickle::NodeId> nodes;     ///< for each node of the tree; no_node: not reachable from
                                         ///< the root
};

/// The Graph whose pickle torch.save would write for `tree` after loading it. Throws
/// Error{conflict} when two kept storages have the same key.
WrittenGraph write_graph(const model::Tree& tree, StorageKeys keys);

}  // namespace ckpt::torch
