// Finds the command that the first words of a command line name.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace ckpt::cli {

/// "ls", or "optim merge" for a row in a group.
std::string full_name(const CommandRow& row);

/// The commands of the program, found by their names.
class CommandTable {
 public:
  /// `rows` are the program's commands and must outlive the table; `completions` is added to them.
  explicit CommandTable(std::span<const CommandRow> rows);

  const std::vector<CommandRow>& rows() const { return rows_; }
  /// Whether the row can be run, and is not a title.
  bool is_command(const CommandRow& row) const;
  std::unique_ptr<Command> make(const CommandRow& row) const;

  /// A command, or the name of a group that is not a command itself.
  struct Found {
    const CommandRow* row;   ///< nullptr for a group
    std::string group;       ///< the name of the group
    std::size_t word_count;  ///< how many words were used
  };
  /// Throws Error{usage} with the closest names when the first words name nothing. `optim` alone,
  /// or followed by an option, is a group.
  Found find(std::span<const std::string> words) const;

  /// The names of the rows in `group`; "" is the top level, with groups.
  std::vector<std::string> names_in(std::string_view group) const;
  /// Whether `name` has rows of its own.
  bool is_group(std::string_view name) const;
  /// The title of the group, or "".
  std::string_view group_title(std::string_view group) const;

 private:
  const CommandRow* find_row(std::string_view group, std::string_view name) const;

  std::vector<CommandRow> rows_;
};

}  // namespace ckpt::cli
