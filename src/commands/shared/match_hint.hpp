// What is said where no name of one model is a name of another.
#pragma once

#include <string>

#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// "ckpt match A B proposes which are which", with the roots that were given.
std::string match_hint(const Checkpoint& a, const Checkpoint& b);

}  // namespace ckpt::commands
