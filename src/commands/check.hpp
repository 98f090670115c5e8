// ckpt check: is it whole, is it safe, would torch load it, is it finite.
#pragma once

#include <memory>

#include "cli/command.hpp"

namespace ckpt::commands {

std::unique_ptr<cli::Command> make_check();

}  // namespace ckpt::commands
