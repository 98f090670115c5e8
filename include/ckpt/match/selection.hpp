// Decides which values of a tree stay, given the patterns of --keep and --drop.
//
// The decision is made for leaves: a tensor, a number, an empty dict. A leaf below the root stays
// when a --keep pattern matches it or when there are no --keep patterns. A leaf elsewhere is
// subject to --keep only when a --keep pattern sees the whole tree. --drop wins over --keep.
//
// A container is dropped with its content when all leaves in it are dropped and a pattern would
// also drop any other leaf in it; the root only when a pattern sees the whole tree. A part of a
// list or of an object cannot be dropped, because the rest would change its meaning.
//
//   {meta: {a}} --drop :meta      {}
//   {meta: {a}} --drop :meta:*    {}
//   {meta: {a}} --drop :meta:a    {meta: {}}
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ckpt/match/path_reader.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::match {

/// An entry of a dict that is dropped.
struct DroppedEntry {
  model::NodeId dict = model::no_node;
  model::NodeId key = model::no_node;
  model::NodeId value = model::no_node;
  model::PlaceId place = model::Places::top;
  bool is_root_entry = false;             ///< of the root, and not of its dict in another place
  model::NodeId module = model::no_node;  ///< the outermost pickled module in which `dict` lies
};

/// The edit of a container at one place, or at several places that are edited alike. When a shared
/// dict loses an entry at one of its places only, it becomes a separate dict there.
struct PlaceEdit {
  model::NodeId node = model::no_node;
  bool is_copied = false;  ///< other places keep `node` unchanged, or edit it differently
  std::vector<model::PathStep> dropped = {};
  /// The new container at each of these children, as an index into the edits.
  std::vector<std::pair<model::PathStep, std::size_t>> replaced = {};
};

/// The result of select(): what is dropped, and how many tensors stay.
struct Selection {
  /// For people: the key of an entry of the root, else its path.
  std::string shown(const model::Tree& tree, const DroppedEntry& entry) const;

  model::Places places;
  std::vector<DroppedEntry> dropped;
  std::vector<PlaceEdit> edits;  ///< the same decision as edits of containers, inner containers
                                 ///< first
  std::size_t kept_tensors = 0;
  std::size_t dropped_tensors = 0;
  std::size_t dropped_tensor_entries = 0;  ///< entries in `dropped` whose value is a tensor
  bool empties_root = false;               ///< all entries of the root are dropped, the root stays
  bool drops_root = false;                 ///< the root itself is dropped
};

/// Throws Error{conflict} for an item that cannot be dropped without the items beside it.
Selection select(const model::Tree& tree, const model::Root& root, PatternSet& keep,
                 PatternSet& drop);

/// How the patterns of a set see the values of a walk, one after the other.
class SeenPaths {
 public:
  /// The arguments must outlive this object.
  SeenPaths(const model::Tree& tree, const model::Root& root, const PatternSet& patterns)
      : tree_(tree),
        root_(root),
        has_paths_(patterns.has_paths()),
        paths_(patterns),
        keys_(patterns) {}

  /// Call before a walk that starts at the root.
  void begin_at_root() { along_root_.begin_at(root_.path.size()); }
  /// Call after every step of the walk, with the path from the top of the tree.
  void follow(const model::KeyPath& path);
  bool is_root(const model::KeyPath& path) const { return along_root_.is_at_end(path); }
  bool is_below_root(const model::KeyPath& path) const { return along_root_.is_below_end(path); }
  /// The current value. Valid until the next call of any function of this object.
  Subject seen(const model::KeyPath& path);
  /// How far the patterns have read the path to the current value.
  ReadPath read(const model::KeyPath& path);
  /// Any value at `step` below a place; in an entry of the root when `subject` has a key.
  Subject seen_below(Subject subject, ReadPath above, std::string_view step);
  KeyReader& keys() { return keys_; }

 private:
  const model::Tree& tree_;
  const model::Root& root_;
  bool has_paths_;
  model::Along along_root_{root_.path};
  PathReader paths_;
  KeyReader keys_;
  std::vector<ReadPath> read_;  // by depth, as far as it was asked for
};

}  // namespace ckpt::match
