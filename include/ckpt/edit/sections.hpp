// The parts of a training checkpoint (model, optimizer, rest) of which only some stay.
#pragma once

#include "ckpt/match/selection.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

struct SectionChoice {
  bool has_model = true;      ///< state dicts and pickled modules
  bool has_optimizer = true;  ///< optimizers
  bool has_rest = true;       ///< everything else
};

/// The entries, at any depth, that `choice` leaves out. A root that was given is the only model.
/// What lies in a list, a tuple or an object stays with it, unless it is a section of its own.
/// Throws Error{conflict} when nothing would be left, and for such a section that is not chosen.
match::Selection select_sections(const model::Tree& tree, const model::Root& root,
                                 const SectionChoice& choice);

}  // namespace ckpt::edit
