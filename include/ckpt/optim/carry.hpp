// Takes the optimizers of a file, and everything indexed like parameters or groups, along with an
// edit of the root state dict. ckpt/edit/apply.hpp does it together with the root and averages.
//
// What is decided is the edit, not the assignment: a renaming touches no ids; a removal needs only
// which ids go; anything else needs to know every id that it moves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/identify.hpp"
#include "ckpt/optim/undecided.hpp"

namespace ckpt::optim {

using model::Output;
using model::RootEdit;
using model::TensorOperation;

enum class Treatment : std::uint8_t {
  carry,  ///< states follow their parameters
  drop,   ///< the optimizers go
  reset,  ///< groups follow, states start afresh
  keep,   ///< left as it is; what no longer fits is said
};

enum class EmptyGroups : std::uint8_t { drop, keep };

struct CarryOptions {
  Treatment treatment = Treatment::carry;
  EmptyGroups empty_groups = EmptyGroups::drop;
  Trust trust = Trust::assumed;
  IdentifyOptions identify = {};
};

struct CarryReport {
  std::size_t optimizers = 0;
  std::size_t kept_entries = 0;
  std::size_t dropped_entries = 0;
  bool has_changed = false;          ///< something in the tree is otherwise than before
  std::vector<std::string> remarks;  ///< lines for stderr: rules assumed, what was dropped with it
};

struct ModelView {
  const model::Tree& tree;  ///< the same tree, or the model beside an optimizer file
  const model::Root& root;
};

/// Edits the optimizers of `tree`, schedulers and lists aligned with ids or parameters. Called
/// before the root itself is edited; touches neither it nor averages by name.
/// Errors: Error{conflict} naming the parameters and the option that settles it, when the edit
/// depends on an assignment that is not settled, or cannot be done to this kind of optimizer.
CarryReport carry(model::Tree& tree, const ModelView& model, const RootEdit& edit,
                  const CarryOptions& options);

/// Removes every optimizer of the tree; returns their paths.
/// Throws Error{conflict} when the file is nothing but an optimizer.
std::vector<std::string> drop_optimizers(model::Tree& tree);

/// Removes schedulers and gradient scalers from the top level of the tree, lists of them too;
/// returns how many entries went.
std::size_t drop_schedulers_and_scalers(model::Tree& tree);

/// Empties the states, so that the optimizer starts afresh with its groups and hyperparameters;
/// returns the paths. Adagrad, which cannot start without, gets zero sums.
std::vector<std::string> reset_optimizers(model::Tree& tree);

}  // namespace ckpt::optim
