// The table of commands: everything that the program can do, in the order of its help.
#pragma once

#include <memory>
#include <span>

#include "cli/command.hpp"

namespace ckpt::commands {

std::span<const cli::CommandRow> command_rows();

// The functions that the rows call. Each creates its command; options are declared later.
std::unique_ptr<cli::Command> make_info();
std::unique_ptr<cli::Command> make_ls();
std::unique_ptr<cli::Command> make_show();
std::unique_ptr<cli::Command> make_diff();
std::unique_ptr<cli::Command> make_hash();
std::unique_ptr<cli::Command> make_check();
std::unique_ptr<cli::Command> make_match();
std::unique_ptr<cli::Command> make_filter();
std::unique_ptr<cli::Command> make_copy();
std::unique_ptr<cli::Command> make_remap();
std::unique_ptr<cli::Command> make_remap_check();
std::unique_ptr<cli::Command> make_remap_explain();
std::unique_ptr<cli::Command> make_optim_ls();
std::unique_ptr<cli::Command> make_optim_names();
std::unique_ptr<cli::Command> make_optim_drop();
std::unique_ptr<cli::Command> make_optim_reset();
std::unique_ptr<cli::Command> make_optim_merge();
std::unique_ptr<cli::Command> make_set();
std::unique_ptr<cli::Command> make_compact();
std::unique_ptr<cli::Command> make_recover();

}  // namespace ckpt::commands
