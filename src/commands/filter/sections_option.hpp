// --sections model,optimizer,rest: which parts of a training checkpoint stay.
#pragma once

#include <string>

#include "ckpt/match/selection.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

struct SectionChoice {
  bool has_model = true;      ///< state dicts and pickled modules
  bool has_optimizer = true;  ///< optimizers
  bool has_rest = true;       ///< everything else
};

/// "model,rest". Throws Error{usage} for an unknown word.
SectionChoice parse_sections(const std::string& words);

/// The entries, at any depth, that `choice` leaves out. A root that was given is the only model.
/// What lies in a list, a tuple or an object stays with it, unless it is a section of its own.
/// Throws Error{conflict} when nothing would be left, and for such a section that is not chosen.
match::Selection select_sections(const model::Tree& tree, const model::Root& root,
                                 const SectionChoice& choice);

}  // namespace ckpt::commands
