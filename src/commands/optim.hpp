// The commands about optimizer state.
#pragma once

#include <memory>

#include "cli/command.hpp"

namespace ckpt::commands {

std::unique_ptr<cli::Command> make_optim_ls();
std::unique_ptr<cli::Command> make_optim_names();
std::unique_ptr<cli::Command> make_optim_drop();
std::unique_ptr<cli::Command> make_optim_reset();
std::unique_ptr<cli::Command> make_optim_merge();

}  // namespace ckpt::commands
