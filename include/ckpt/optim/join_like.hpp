// Joins the optimizers of models that become parts of one model. The groups come from a reference:
// a checkpoint saved by the code of the joint model, which shows the members, the order and the
// hyperparameters of every group.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"
#include "ckpt/optim/merge.hpp"

namespace ckpt::optim {

/// A model that becomes a part of the joint model; also the reference.
struct JoinPart {
  const model::Tree& tree;
  const model::Root& root;
  std::string prefix = {};  ///< of its names in the joint model; "" for the reference
  std::string file = {};    ///< for messages
};

/// Gives the optimizers of `target` the groups and hyperparameters of the reference's optimizers,
/// and the states of all parts by name. `target` is the tree of the first part. Must be called
/// before names get their prefixes. When the number of groups changes, schedulers take the lists of
/// the reference. States of parameters that the reference does not train are left out and reported.
///
/// Throws Error{conflict} for names, shapes, kinds or group steps that contradict each other, and
/// for ids whose names are not settled under `trust`.
MergeReport join_optimizers_like(model::Tree& target, const std::vector<JoinPart>& parts,
                                 const JoinPart& reference, Trust trust);

}  // namespace ckpt::optim
