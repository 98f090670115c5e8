// `ckpt completions SHELL` prints a script that teaches a shell the commands and their options. The
// script is made from the table of commands and from what each command declares, so it is always
// complete.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace ckpt::cli {

class CommandTable;

inline constexpr std::string_view completions_name = "completions";

/// `table` must outlive the command.
std::unique_ptr<Command> make_completions(const CommandTable& table);

/// A command as a shell needs to know it.
struct DescribedCommand {
  std::string full_name;
  std::string summary;
  Options options;  ///< only for reading: the targets of the options no longer exist
};

/// A first word of the command line: a command, a group, or both.
struct DescribedWord {
  std::string word;
  std::string summary;
  std::vector<std::string> children;  ///< the names of its sub-commands
};

struct DescribedProgram {
  std::vector<DescribedWord> words;
  std::vector<DescribedCommand> commands;
};

std::string bash_script(const DescribedProgram& program);
std::string zsh_script(const DescribedProgram& program);
std::string fish_script(const DescribedProgram& program);

}  // namespace ckpt::cli
