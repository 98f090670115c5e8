// ckpt match: which tensors of one checkpoint are which of another, and the rules that say so.
#pragma once

#include <memory>

#include "cli/command.hpp"

namespace ckpt::commands {

std::unique_ptr<cli::Command> make_match();

}  // namespace ckpt::commands
