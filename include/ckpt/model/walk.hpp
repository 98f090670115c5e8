// A walk over everything in a tree, depth first, in the order of the file, with the path to each
// node. Values that are reached twice are visited twice; a value inside itself is not entered
// again.
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

/// Whether a node is what a walk looks for.
using Wanted = std::function<bool(NodeId)>;

/// Tensors, and storages without a tensor around them.
Wanted tensors_of(const Tree& tree);
Wanted holders_of_bytes(const Tree& tree);

class Walk {
 public:
  Walk(const Tree& tree, NodeId start);
  /// Of a value that is reached many times and leads to nothing `wanted`, what lies below is
  /// visited a few times only: [config] * 100000 costs no more than its items.
  Walk(const Tree& tree, NodeId start, Wanted wanted);

  /// Goes to the next node, the start first; false when there is none. Throws Error{limit} when
  /// values shared by values unfold to far more paths than the file has values and references.
  bool next();
  /// The node just reached is left without visiting what lies below.
  void skip_children() { skips_children_ = true; }
  /// Whether what lies below the node just reached is left out, because it was visited before.
  bool is_left_out() const { return is_shortened_ && is_barren(node_); }

  NodeId node() const { return node_; }
  const KeyPath& path() const { return path_; }
  std::size_t depth() const { return path_.size(); }
  /// The path to the node just reached, seen from `start`; in time that does not grow with it.
  /// `places` is the same in every call of one walk.
  PlaceId place(Places& places, PlaceId start = Places::top);

 private:
  struct Frame {
    NodeId node = no_node;
    std::size_t first_child = 0;  // of those in children_ that are still to be visited
    std::size_t next_child = 0;
    PlaceId place = no_place;
    bool leads_on = false;  // to something wanted, or perhaps
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
  PlaceId place_ = no_place;  // of node_, where it was asked for
  bool has_counted_references_ = false;
  bool is_shortened_ = false;
  bool has_started_ = false;
  bool skips_children_ = false;
};

/// Whether a walk is at or below the end of a given path, told in time that does not grow with it.
class Along {
 public:
  explicit Along(const KeyPath& end) : end_(end) {}

  /// Before a walk that starts where the first `depth` steps to the end lead.
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
  std::size_t agreed_ = 0;  // steps that the path has in common with `end_`
};

/// Whether the walk that is at `path`, and that skipped the children of what leads elsewhere, is on
/// its way to `end` or there. Only the last step is looked at: the others were before.
bool leads_to(const KeyPath& end, const KeyPath& path);

/// Paths below `start` that a message may name in place of one that leads nowhere: those to nodes
/// that are `wanted`, not all of a large file, and none that is long.
std::vector<std::string> paths_to_suggest(const Tree& tree, NodeId start, const Wanted& wanted);

}  // namespace ckpt::model
