// What the parts of a checkpoint are: state dicts, optimizers, the rest; and which state dict is
// meant when none is named.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

enum class SectionKind : std::uint8_t {
  state_dict,
  module,  ///< a pickled module (module.hpp), which has a state dict
  optimizer,
};

struct Section {
  SectionKind kind = SectionKind::state_dict;
  NodeId node = no_node;
  PlaceId place = Places::top;
  std::uint64_t tensor_count = 0;
  std::uint64_t storage_bytes = 0;  ///< of the storages it refers to, each counted once
};

struct Sections {
  Places places;
  std::vector<Section> all;
};

/// A dict that maps texts to tensors, at least half of its values and one, not all of them states
/// of random number generators. No checkpoint with tensors beside a model: that has a module or
/// another state dict under a usual name, or, unless its own tensors are called as those of modules
/// ("fc.weight"), an optimizer or more tensors one level below.
bool is_state_dict(const Tree& tree, NodeId id);
/// A dict with `state` (a dict) and `param_groups` (a list).
bool is_optimizer(const Tree& tree, NodeId id);

/// Every state dict, module and optimizer, in the order of the file; nothing inside one is looked
/// at. Tensors and bytes of a module are those of its state dict. Throws Error{limit} as
/// state_of_module.
Sections find_sections(const Tree& tree);

/// Bytes of the storages reachable from `start`, each counted once.
std::uint64_t storage_bytes_below(const Tree& tree, NodeId start);

enum class RootChoice : std::uint8_t {
  top,         ///< the top level is the state dict, or a pickled module
  usual_name,  ///< it lies under one of the usual names
  largest,     ///< it holds the most tensor bytes
  given,       ///< the caller named it
  none,        ///< there is no state dict: the top level stands in
};

struct Root {
  NodeId node = no_node;
  KeyPath path;
  RootChoice choice = RootChoice::none;
};

/// The root state dict, or the pickled module that has it: the top level if it is one; else the
/// first of the usual names (state_dict, model_state_dict, model, ...) under which one lies; else
/// the largest.
Root find_root(const Tree& tree);
/// The value at `path`. Throws Error{usage} with the closest paths when there is none.
Root root_at(const Tree& tree, std::string_view path);

/// How a path is shown: direct entries of the root by their key alone, everything else in full.
std::string shown_path(const Tree& tree, const Root& root, const KeyPath& path);

}  // namespace ckpt::model
