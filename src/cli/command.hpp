// The interface of a command: a name, a line about it, its options, and one action.
//
// A command object is created only when the command is chosen or described. declare() binds options
// to members of the object and opens nothing; run() does the work. Contradictions on the command
// line are thus found before a file is touched.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/options.hpp"

namespace ckpt::cli {

/// A command line that works as it is. --help shows it, and a test runs it.
struct Example {
  std::string_view command_line;  ///< "ckpt ls model.pt 'layer1.*'"
  std::string_view meaning;       ///< "the tensors of layer1"
};

/// A command of the program. One object handles one command line.
class Command {
 public:
  virtual ~Command() = default;

  /// "ls"; for a sub-command its last word. Equal to the name in its row.
  virtual std::string_view name() const = 0;
  /// One line for the list of commands: lower case, no period, at most 54 columns.
  virtual std::string_view summary() const = 0;
  /// Normally two.
  virtual std::span<const Example> examples() const = 0;
  virtual void declare(Options& options) = 0;
  virtual ExitCode run(Console& console) = 0;
};

/// A row of the table of commands. Help lists the rows in this order.
///
///   {"", "", nullptr, "look into a file"}             a title above the following rows
///   {"", "ls", make_ls}                               ckpt ls
///   {"", "optim", nullptr, "optimizer state"}         the title of a group
///   {"optim", "ls", make_optim_ls}                    ckpt optim ls
///   {"", "remap", make_remap},                        a command that also has sub-commands:
///   {"remap", "check", make_remap_check}              `ckpt remap check` is the sub-command
struct CommandRow {
  std::string_view group;
  std::string_view name;
  std::unique_ptr<Command> (*make)() = nullptr;
  std::string_view title = {};
  /// For a command: other words that people type for it, separated by blanks; the hint then names
  /// it.
  std::string_view synonyms = {};
};

}  // namespace ckpt::cli
