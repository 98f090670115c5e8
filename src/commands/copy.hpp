#pragma once

#include <memory>

#include "cli/command.hpp"

namespace ckpt::commands {

std::unique_ptr<cli::Command> make_copy();

}  // namespace ckpt::commands
