// --sections model,optimizer,rest: which parts of a training checkpoint stay.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

struct SectionChoice {
  bool has_model = true;      ///< the entry that holds the root state dict
  bool has_optimizer = true;  ///< the entries that hold optimizers
  bool has_rest = true;
};

/// "model,rest". Throws Error{usage} for an unknown word.
SectionChoice parse_sections(const std::string& words);

/// The entries of the top level that `choice` leaves out; none when the top level itself is the
/// state dict, which is all model.
std::vector<model::Entry> left_out(const model::Tree& tree, const model::Root& root,
                                   const SectionChoice& choice);

}  // namespace ckpt::commands
