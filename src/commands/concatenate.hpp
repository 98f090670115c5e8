// NEW=A,B,C: parameters joined along their first axis, with everything that is indexed like them.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/root_edit.hpp"

namespace ckpt::commands {

/// Puts NEW in the place of its first source; the sources go. The names are those after the edit.
/// Throws Error{usage} for what is not NEW=A,B; for names that are no outputs.
void add_concatenation(optim::RootEdit& edit, const std::string& text);

/// The entries of the state dict that had `before`, after the edit; keys that are no text stay in
/// front. Throws Error{conflict} for tensors that cannot be joined.
std::vector<model::Entry> edited_entries(model::Tree& tree, const std::vector<model::Entry>& before,
                                         const optim::RootEdit& edit);

}  // namespace ckpt::commands
