// Which values of a tree stay when patterns say what to keep and what to drop.
//
// The decision is taken at the leaves: a tensor, a number, an empty dict. A leaf below the root
// stays when some --keep pattern matches it, or there are none; leaves elsewhere only have to match
// when a --keep pattern sees the whole tree. --drop wins. A container goes when everything in it
// goes, the root only where some pattern sees the whole tree; part of a list or of an object
// cannot.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ckpt/match/pattern.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::match {

/// An entry of a dict that goes.
struct DroppedEntry {
  model::NodeId dict = model::no_node;
  model::NodeId key = model::no_node;
  model::NodeId value = model::no_node;
  std::string shown;  ///< its key, or path outside the root
};

struct Selection {
  std::vector<DroppedEntry> dropped;
  std::size_t kept_tensors = 0;
  std::size_t dropped_tensors = 0;
  std::size_t dropped_tensor_entries = 0;  ///< of `dropped`, those that are tensors themselves
  bool empties_root = false;               ///< all entries of the root go, and it stays
  bool drops_root = false;                 ///< the root goes as a whole
};

/// Throws Error{conflict} for an item that cannot be dropped without dropping its neighbours.
Selection select(const model::Tree& tree, const model::Root& root, PatternSet& keep,
                 PatternSet& drop);

/// Removes the entries from their dicts.
void apply(model::Tree& tree, const Selection& selection);

/// How patterns see a value at `path`.
struct SeenPath {
  std::optional<std::string> key;
  std::string path;
  bool key_is_text = true;
  Subject subject() const { return {key, path, key_is_text}; }
};
SeenPath seen_path(const model::Tree& tree, const model::Root& root, const model::KeyPath& path);

}  // namespace ckpt::match
