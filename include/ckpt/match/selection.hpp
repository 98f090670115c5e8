// Which values of a tree stay when patterns say what to keep and what to drop.
//
// The decision is taken at the leaves: a tensor, a number, an empty dict. A leaf below the root
// stays when some --keep pattern matches it, or there are none; leaves elsewhere only have to match
// when a --keep pattern sees the whole tree. --drop wins. A container goes when everything in it
// goes and anything else in it would, the root only where some pattern sees the whole tree; part of
// a list or of an object cannot.
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

/// An entry of a dict that goes.
struct DroppedEntry {
  model::NodeId dict = model::no_node;
  model::NodeId key = model::no_node;
  model::NodeId value = model::no_node;
  model::PlaceId place = model::Places::top;
  bool is_root_entry = false;             ///< of the root, and not of its dict in another place
  model::NodeId module = model::no_node;  ///< the outermost pickled module in which `dict` lies
};

/// What becomes of a container at one place, or at several that are edited alike. A dict that lies
/// in two places of which one loses an entry is another dict there.
struct PlaceEdit {
  model::NodeId node = model::no_node;
  bool is_copied = false;  ///< other places keep `node` as it is, or edit it otherwise
  std::vector<model::PathStep> dropped = {};
  /// What lies there now, as an index into the edits.
  std::vector<std::pair<model::PathStep, std::size_t>> replaced = {};
};

struct Selection {
  /// For people: the key of an entry of the root, else its path.
  std::string shown(const model::Tree& tree, const DroppedEntry& entry) const;

  model::Places places;
  std::vector<DroppedEntry> dropped;
  std::vector<PlaceEdit> edits;  ///< the same as edits of containers, those below first
  std::size_t kept_tensors = 0;
  std::size_t dropped_tensors = 0;
  std::size_t dropped_tensor_entries = 0;  ///< of `dropped`, those that are tensors themselves
  bool empties_root = false;               ///< all entries of the root go, and it stays
  bool drops_root = false;                 ///< the root goes as a whole
};

/// Throws Error{conflict} for an item that cannot be dropped without dropping its neighbours.
Selection select(const model::Tree& tree, const model::Root& root, PatternSet& keep,
                 PatternSet& drop);

/// Removes the entries, at their places alone. Throws Error{unsupported} where an object would have
/// to be taken apart for that.
void apply(model::Tree& tree, const Selection& selection);

/// How the patterns of a set see the values of a walk, one after the other.
class SeenPaths {
 public:
  /// What is referred to must outlive this.
  SeenPaths(const model::Tree& tree, const model::Root& root, const PatternSet& patterns)
      : tree_(tree),
        root_(root),
        has_paths_(patterns.has_paths()),
        paths_(patterns),
        keys_(patterns) {}

  /// Before a walk that starts at the root.
  void begin_at_root() { along_root_.begin_at(root_.path.size()); }
  /// After every step of the walk, with its path from the top of the tree.
  void follow(const model::KeyPath& path);
  bool is_root(const model::KeyPath& path) const { return along_root_.is_at_end(path); }
  bool is_below_root(const model::KeyPath& path) const { return along_root_.is_below_end(path); }
  /// The value that was followed to. Valid until the next call of anything here.
  Subject seen(const model::KeyPath& path);
  /// How far the patterns have read the path to it.
  ReadPath read(const model::KeyPath& path);
  /// Any value `step` below a place, seen in an entry of the root where `subject` has a key.
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
