// Removes what a selection says: entries of the state dict, which optimizers and averages follow,
// and entries elsewhere.
#pragma once

#include <cstddef>

#include "ckpt/edit/apply.hpp"
#include "ckpt/match/selection.hpp"

namespace ckpt::edit {

struct Removal {
  std::size_t kept_tensors = 0;  ///< of the whole tree
  std::size_t dropped_tensors = 0;
  optim::CarryReport followers = {};
};

/// The edit of the names in the root that `selection`, of the same tree, says. Where the root goes
/// as a whole, no name of it does: optimizers stay then.
RootEdit make_root_edit(const model::Tree& tree, const model::Root& root,
                        const match::Selection& selection);

/// Removes the entries, at their places alone; `_metadata` stays. Optimizers and averages follow
/// what goes of the root, and are dropped or reset if `carry` says so.
///
/// Throws Error{conflict} when no tensor would be left, or part of a pickled module would go, and
/// as optim::carry() does; Error{unsupported} where an object would have to be taken apart. Nothing
/// has changed then.
Removal remove(model::Tree& tree, const model::Root& root, const match::Selection& selection,
               const optim::CarryOptions& carry = {});

/// What remove() refuses because no tensor, or none of the state dict, would be left.
void refuse_to_empty(const model::Tree& tree, const model::Root& root,
                     const match::Selection& selection);

/// The same, but nothing follows: for sections and entries outside of the root.
void remove_entries(model::Tree& tree, const match::Selection& selection);

}  // namespace ckpt::edit
