// An optimizer counts parameters; an edit that changes which parameters there are must not leave
// one behind that points at others than before.
#pragma once

#include <string_view>

#include "ckpt/match/selection.hpp"
#include "commands/checkpoint.hpp"

namespace ckpt::commands {

bool has_optimizer(const model::Tree& tree);
/// Whether some optimizer holds names of parameters, which a renaming would leave behind.
bool has_named_optimizer(const model::Tree& tree);
/// Whether an entry that goes is, or may be, a parameter of the root.
bool drops_parameter(const Checkpoint& checkpoint, const match::Selection& selection);

/// Throws Error{conflict}: "the optimizer " + `what`, with the option that settles it.
[[noreturn]] void refuse_optimizer(std::string_view what);

}  // namespace ckpt::commands
