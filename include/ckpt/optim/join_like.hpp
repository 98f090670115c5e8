// The optimizers of models that become parts of one, in the groups of a reference: a checkpoint
// that the joint model's own code saved, which knows the members, the order and the
// hyperparameters of every group.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"
#include "ckpt/optim/merge.hpp"

namespace ckpt::optim {

struct JoinPart {
  const model::Tree& tree;
  const model::Root& root;
  std::string prefix = {};  ///< of its names in the joint model; the reference's are as they are
  std::string file = {};    ///< for messages
};

/// Gives the optimizers of `target`, which is the tree of the first part, the groups and
/// hyperparameters of the reference's, and in them the states of all parts by name. Called before
/// any name has got its prefix. Schedulers get the reference's lists where groups became more or
/// fewer. States of parameters that the reference does not train are left out, and said.
/// Throws Error{conflict} for names, shapes, kinds or group steps that do not go together, and
/// for ids whose names are not settled under `trust`.
MergeReport join_optimizers_like(model::Tree& target, const std::vector<JoinPart>& parts,
                                 const JoinPart& reference, Trust trust);

}  // namespace ckpt::optim
