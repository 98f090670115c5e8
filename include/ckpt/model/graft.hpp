// Copies values from one tree into another, for commands that take parts of several files. Objects
// shared in the source are shared in the copy, and storages share their blobs: no tensor byte is
// read, it is copied when the result is saved.
#pragma once

#include <unordered_map>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// Copies values from one tree into another. Everything copied through one Graft keeps its sharing.
/// Storages of the copy share the blobs of the source: no tensor byte is copied.
class Graft {
 public:
  /// `to` and `from` must outlive the graft.
  Graft(Tree& to, const Tree& from) : to_(to), from_(from) {}

  /// The copy of `id` with everything below it. A node copied before is not copied again.
  NodeId copy(NodeId id);

 private:
  NodeId target_of(NodeId id);
  StorageId storage_of(StorageId id);
  void fill(NodeId id);
  void fill_object(NodeId id, NodeId target);
  void fill_tensor(NodeId id, NodeId target);
  void fill_items(NodeId id, NodeId target);
  void fill_dict(NodeId id, NodeId target);

  Tree& to_;
  const Tree& from_;
  std::unordered_map<NodeId, NodeId> nodes_;
  std::unordered_map<StorageId, StorageId> storages_;
  std::vector<NodeId> open_;  // copied, but not filled yet
};

/// A copy of `id` within its tree. It shares no container, tensor or storage with the original;
/// texts and classes are shared.
NodeId deep_copy(Tree& tree, NodeId id);

}  // namespace ckpt::model
