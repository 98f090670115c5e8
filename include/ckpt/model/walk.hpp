// A walk over everything in a tree, depth first, in the order of the file, with the path to each
// node. Values that are reached twice are visited twice; a value inside itself is not entered
// again.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct Child {
  PathStep step;
  NodeId node = no_node;
};

/// Appends what lies directly below a node: entries, items, attributes, constructor arguments.
/// Below a tensor lie the parts of a composite one (sparse indices and values); nothing below a
/// strided one.
void append_children(const Tree& tree, NodeId id, std::vector<Child>& children);

/// A node at or below `start` that is wanted, each looked at once; no_node without one.
NodeId find_below(const Tree& tree, NodeId start, const std::function<bool(NodeId)>& is_wanted);

class Walk {
 public:
  Walk(const Tree& tree, NodeId start);

  /// Goes to the next node, the start first; false when there is none. Throws Error{limit} when
  /// values shared by values unfold to far more paths than the file has values.
  bool next();
  /// The node just reached is left without visiting what lies below.
  void skip_children() { skips_children_ = true; }

  NodeId node() const { return node_; }
  const KeyPath& path() const { return path_; }
  std::size_t depth() const { return path_.size(); }

 private:
  struct Frame {
    NodeId node = no_node;
    std::size_t first_child = 0;  // of those in children_ that are still to be visited
    std::size_t next_child = 0;
  };

  bool is_open(NodeId id) const { return open_[static_cast<std::size_t>(id)]; }
  void enter();

  const Tree& tree_;
  NodeId node_;
  KeyPath path_;
  std::vector<Frame> frames_;
  std::vector<Child> children_;
  std::vector<bool> open_;
  std::uint64_t visits_left_;
  bool has_started_ = false;
  bool skips_children_ = false;
};

}  // namespace ckpt::model
