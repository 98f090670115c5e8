// --sections model,optimizer,rest: the parts of a training checkpoint that stay.
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

/// Parses "model,rest". Throws Error{usage} for an unknown word.
SectionChoice parse_sections(const std::string& words);

/// The entries, at any depth, that `choice` drops. With --root, that root is the only model. Items
/// of a list, a tuple or an object stay with it, unless they are sections themselves. Throws
/// Error{conflict} when nothing would be left, and when one of these sections is not chosen.
match::Selection select_sections(const model::Tree& tree, const model::Root& root,
                                 const SectionChoice& choice);

}  // namespace ckpt::commands
