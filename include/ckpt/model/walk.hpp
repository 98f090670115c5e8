// Visits everything in a tree, depth first and in file order, with the path to each node. A value
// that is reached twice is visited twice; a value inside itself is not entered again. The walk does
// not recurse, so depth costs only memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// A direct child of a node, and the step that leads to it.
struct Child {
  PathStep step;
  NodeId node = no_node;
};

/// Appends the direct children of a node: entries, items, attributes, constructor arguments. The
/// children of a composite tensor are its parts (sparse indices and values); a strided tensor has
/// none.
void append_children(const Tree& tree, NodeId id, std::vector<Child>& children);

/// A node at or below `start` for which is_wanted() is true; no_node when there is none. Each node
/// is looked at once.
NodeId find_below(const Tree& tree, NodeId start, const std::function<bool(NodeId)>& is_wanted);

/// Whether a walk looks for this node.
using Wanted = std::function<bool(NodeId)>;

/// tensors_of: tensors. holders_of_bytes: tensors, and storages that occur without a tensor.
Wanted tensors_of(const Tree& tree);
Wanted holders_of_bytes(const Tree& tree);

class Walk {
 public:
  Walk(const Tree& tree, NodeId start);
  /// A walk that looks for `wanted` nodes only. A shared value with nothing wanted below it is
  /// visited a few times and then skipped, so that [config] * 100000 costs no more than its items.
  Walk(const Tree& tree, NodeId start, Wanted wanted);

  /// Moves to the next node, `start` first; returns false at the end. Throws Error{limit} when
  /// shared values expand to far more paths than the file has values and references.
  bool next();
  /// Makes next() skip everything below the current node.
  void skip_children() { skips_children_ = true; }
  /// Whether next() will skip everything below the current node because it was visited before.
  bool is_left_out() const { return is_shortened_ && is_barren(node_); }

  NodeId node() const { return node_; }
  const KeyPath& path() const { return path_; }
  std::size_t depth() const { return path_.size(); }
  /// The place of the current node, counted from `start`, in constant time. All calls of one walk
  /// must use the same `places`.
  PlaceId place(Places& places, PlaceId start = Places::top);

 private:
  struct Frame {
    NodeId node = no_node;
    std::size_t first_child = 0;  // in children_, of the children that are still to be visited
    std::size_t next_child = 0;
    PlaceId place = no_place;
    bool leads_on = false;  // something below is wanted, or may be
  };

  /// What was found out about a node. A large value that is reached many times is asked about once.
  struct Known {
    bool is_asked : 1 = false;
    bool is_wanted : 1 = false;
    bool is_barren : 1 = false;  // left, and nothing wanted lay below
  };

  bool has_open(NodeId id) const { return open_.contains(id); }
  bool is_barren(NodeId id) const {
    return !known_.empty() && known_[static_cast<std::size_t>(id)].is_barren;
  }
  bool is_wanted(NodeId id);
  void enter();
  void leave();
  void count_visit();

  const Tree& tree_;
  NodeId node_;
  KeyPath path_;
  std::vector<Frame> frames_;
  std::vector<Child> children_;
  std::unordered_set<NodeId> open_;
  Wanted wanted_;
  std::vector<Known> known_;  // by node; empty where all is wanted
  std::uint64_t visits_ = 0;
  std::uint64_t most_visits_;
  PlaceId place_ = no_place;  // of node_, once it was asked for
  bool has_counted_references_ = false;
  bool is_shortened_ = false;
  bool has_started_ = false;
  bool skips_children_ = false;
};

/// Tells whether a walk is at or below the end of a given path, in constant time per step.
class Along {
 public:
  explicit Along(const KeyPath& end) : end_(end) {}

  /// Before a walk: the first `depth` steps of the end lead to its start.
  void begin_at(std::size_t depth) { agreed_ = depth; }
  /// After every step of the walk, with its path.
  void follow(const KeyPath& path);
  bool is_above_end(const KeyPath& path) const {
    return agreed_ == path.size() && path.size() < end_.size();
  }
  bool is_at_end(const KeyPath& path) const { return is_reached() && path.size() == end_.size(); }
  bool is_below_end(const KeyPath& path) const { return is_reached() && path.size() > end_.size(); }
  bool is_reached() const { return agreed_ == end_.size(); }

 private:
  const KeyPath& end_;
  std::size_t agreed_ = 0;  // leading steps that the path and `end_` have in common
};

/// Whether a walk that enters only nodes on the way to `end` should go on at `path`. Compares the
/// last step only: earlier steps were compared before.
bool leads_to(const KeyPath& end, const KeyPath& path);

/// Paths below `start` that a message can suggest after a path that leads nowhere: paths to
/// `wanted` nodes. The number of nodes examined and the length of the paths are limited.
std::vector<std::string> paths_to_suggest(const Tree& tree, NodeId start, const Wanted& wanted);

}  // namespace ckpt::model
