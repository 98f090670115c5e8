// The texts of --help, made from the table of commands and from what each command declares.
#pragma once

#include <string>
#include <string_view>

#include "cli/command_table.hpp"

namespace ckpt::cli {

/// Two lines for a user who gave no command.
std::string short_usage();

/// The commands of the program, one line each; the sub-commands of a group share a line.
std::string program_help(const CommandTable& table);

/// The sub-commands of `group`, one line each.
std::string group_help(const CommandTable& table, std::string_view group);

/// "usage: ckpt ls [OPTIONS] FILE [PATTERN...]"
std::string usage_line(std::string_view full_name, const Options& options);

/// Usage, arguments, options and examples, at most 80 columns wide.
std::string command_help(std::string_view full_name, const Command& command,
                         const Options& options);

}  // namespace ckpt::cli
