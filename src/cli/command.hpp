// What a command is to the program: a name, a line about it, its options, and one thing to do.
//
// A command is made only when it is chosen (or described), declares its options without opening
// anything, and then runs. Options are members of the command that declare() binds.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace ckpt::cli {

/// A line that works as it stands, shown by --help and run by tests.
struct Example {
  std::string_view command_line;  ///< "ckpt ls model.pt 'layer1.*'"
  std::string_view meaning;       ///< "the tensors of layer1"
};

class Command {
 public:
  virtual ~Command() = default;

  /// "ls"; of a sub-command the last word. The same as in its row.
  virtual std::string_view name() const = 0;
  /// One line for the list of commands: lower case, no period, at most 54 columns.
  virtual std::string_view summary() const = 0;
  /// Two are expected.
  virtual std::span<const Example> examples() const = 0;
  virtual void declare(Options& options) = 0;
  virtual ExitCode run(Console& console) = 0;
};

/// A row of the program's table of commands, in the order in which help lists them.
///
///   {"", "", nullptr, "look into a file"}             a title above the rows that follow
///   {"", "ls", make_ls}                               ckpt ls
///   {"", "optim", nullptr, "optimizer state"}         what the group is about
///   {"optim", "ls", make_optim_ls}                    ckpt optim ls
///   {"", "remap", make_remap},                        a command that has sub-commands too:
///   {"remap", "check", make_remap_check}              `ckpt remap check` is the sub-command
struct CommandRow {
  std::string_view group;
  std::string_view name;
  std::unique_ptr<Command> (*make)() = nullptr;
  std::string_view title = {};
  /// Of a command: words that people type instead, with blanks between; the hint then names it.
  std::string_view synonyms = {};
};

}  // namespace ckpt::cli
