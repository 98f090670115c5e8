// Does an edit of a state dict to everything in the file that is indexed by its names: the state
// dict itself, `_metadata`, averages of the same model, optimizers, schedulers.
//
//   RootEdit edit = make_root_edit(tree, root.node, new_name);   // nothing is changed yet
//   Report report = apply(tree, root, edit);                     // all of it, or none
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ckpt/model/root_edit.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/optim/carry.hpp"

namespace ckpt::edit {

using model::make_root_edit;
using model::Output;
using model::RootEdit;

/// Optimizers, schedulers and averages of the model.
enum class Followers : std::uint8_t {
  edited,  ///< as the carry options say
  left,    ///< the caller edits them otherwise
};

struct ApplyOptions {
  optim::CarryOptions carry = {};
  Followers followers = Followers::edited;
};

struct Report {
  std::size_t renamed_tensors = 0;  ///< of the root
  std::size_t renamed_others = 0;   ///< entries of the root that are no tensors
  std::size_t moved = 0;            ///< entries of the root that are at another place
  optim::CarryReport followers = {};
};

/// Edits the dict `root` and what follows it. Entries under keys that are no text stay; they stand
/// in front where the edit changes the order or adds entries.
///
/// The modules in `_metadata` get the names that their keys have now; a module without keys follows
/// the nearest module around it that has some. Where two become one, the inner one's entry stays.
///
/// Throws Error{conflict} when two outputs have one name, a source is no key of the root, or as
/// optim::carry() and the operations do. Nothing has changed then.
Report apply(model::Tree& tree, const model::Root& root, const RootEdit& edit,
             const ApplyOptions& options = {});

/// The same for a file beside that of the model: its optimizers and averages follow an edit of
/// `model`, which itself is only looked at.
optim::CarryReport follow(model::Tree& tree, const optim::ModelView& model, const RootEdit& edit,
                          const optim::CarryOptions& options);

}  // namespace ckpt::edit
