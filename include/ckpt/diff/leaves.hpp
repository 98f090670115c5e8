// Turns a checkpoint into a flat list of comparable leaves: tensors, values, and the types of
// objects. Each has the name under which its partner in the other checkpoint is found:
//
//   fc.weight                                 in the root: relative to it, since roots may differ
//   optimizer: state of fc.weight: exp_avg    in an optimizer: by parameter, else by position
//   _metadata:fc:version                      in the `_metadata` of the root's dict
//   epoch                                     everything else: by path
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ckpt/diff/names.hpp"
#include "ckpt/diff/optimizer_names.hpp"
#include "ckpt/match/pattern.hpp"
#include "ckpt/match/rename.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

/// The part of a checkpoint that a leaf belongs to. Partners are in the same area.
enum class Area : std::uint8_t { root, optimizer, metadata, rest };

/// One comparable value.
struct Leaf {
  model::NodeId node = model::no_node;
  Area area = Area::rest;
  NameId name = Names::top;   ///< used to find the partner; after renaming
  NameId shown = Names::top;  ///< as its own file calls it
  NameId path = Names::top;   ///< from the top of its file
  TextId key = no_text;       ///< of the entry of the root that it is or lies in; after renaming
  bool key_is_text = true;
  bool is_tensor = false;
  bool is_container =
      false;  ///< has leaves below it: only its kind is compared, where both are there
  bool is_param_id = false;    ///< an id in a group: only its presence is compared
  TextId parameter = no_text;  ///< the parameter whose state it is, when optimizers are compared by
                               ///< name
};

/// One of the two checkpoints. The references must outlive everything made from this.
struct Side {
  std::string file;  ///< for messages
  const model::Tree& tree;
  const model::Root& root;
  const std::vector<OptimizerNames>& optimizers;
  Names& names;  ///< shared by both sides: equal names have one id
};

struct Selection {
  match::PatternSet only;  ///< empty: everything
  match::PatternSet ignored;
};

/// The leaves that `selection` keeps, in file order. Throws Error{conflict} when the renaming gives
/// two tensors of the root the same name.
std::vector<Leaf> collect_leaves(const Side& side, Selection& selection, match::Renaming& renaming);

}  // namespace ckpt::diff
