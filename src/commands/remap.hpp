#pragma once

#include <memory>

#include "cli/command.hpp"

namespace ckpt::commands {

std::unique_ptr<cli::Command> make_remap();
std::unique_ptr<cli::Command> make_remap_check();
std::unique_ptr<cli::Command> make_remap_explain();

}  // namespace ckpt::commands
