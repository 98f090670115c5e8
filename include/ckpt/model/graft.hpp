// Values of one tree put into another: nodes and storages are copied, what was shared stays shared.
#pragma once

#include <unordered_map>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// Copies from one tree into another. Everything copied through one Graft shares as it did at home;
/// blobs are shared with the source, so that no byte moves.
class Graft {
 public:
  /// Both must outlive the graft.
  Graft(Tree& to, const Tree& from) : to_(to), from_(from) {}

  /// The copy of `id`, made with all that lies below it unless it was copied before.
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
  std::vector<NodeId> open_;  // known, but not filled yet
};

/// A copy of `id` within its tree that shares no container, tensor or storage with it. Texts and
/// classes are shared.
NodeId deep_copy(Tree& tree, NodeId id);

}  // namespace ckpt::model
