// The table of commands: what the program can do, in the order of its help.
#pragma once

#include <span>

#include "cli/command.hpp"

namespace ckpt::commands {

std::span<const cli::CommandRow> command_rows();

}  // namespace ckpt::commands
