// The hint when no name of one model is a name of the other.
#pragma once

#include <string>

#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// "ckpt match A B proposes which are which", with the given roots.
std::string match_hint(const Checkpoint& a, const Checkpoint& b);

}  // namespace ckpt::commands
