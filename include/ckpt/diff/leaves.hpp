// A checkpoint as a flat list of what can be compared: tensors, values, and the types of objects,
// each with the name by which its partner is found in another checkpoint.
//
//   fc.weight                    in the root: named relative to the root, so that roots may differ
//   optimizer: state of fc.weight: exp_avg    an optimizer: by parameter, else by position
//   groups _metadata:fc:version         of the root's dict epoch                        everything
//   else, by path
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

enum class Area : std::uint8_t { root, optimizer, metadata, rest };

struct Leaf {
  model::NodeId node = model::no_node;
  Area area = Area::rest;
  NameId name = Names::top;   ///< to be matched; renamed
  NameId shown = Names::top;  ///< as it is called in its own file
  NameId path = Names::top;   ///< from the top of its file
  TextId key = no_text;       ///< of the root's entry it lies in or is; renamed
  bool key_is_text = true;
  bool is_tensor = false;
  bool is_container =
      false;  ///< has leaves below it: only its kind is compared, where both are there
  bool is_param_id = false;    ///< says which parameter is in a group: to be there is all it can
  TextId parameter = no_text;  ///< whose state it is, where optimizers are compared by name
};

/// One of the two checkpoints. References must outlive what is made from them.
struct Side {
  std::string file;  ///< for messages
  const model::Tree& tree;
  const model::Root& root;
  const std::vector<OptimizerNames>& optimizers;
  Names& names;  ///< of both sides: partners have the same id
};

struct Selection {
  match::PatternSet only;  ///< empty: everything
  match::PatternSet ignored;
};

/// The leaves that `selection` leaves, in the order of the file.
/// Throws Error{conflict} when the renaming gives two tensors of the root one name.
std::vector<Leaf> collect_leaves(const Side& side, Selection& selection, match::Renaming& renaming);

}  // namespace ckpt::diff
