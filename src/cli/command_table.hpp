// Which command the words of a command line mean.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"

namespace ckpt::cli {

/// "ls", or "optim merge" for a row of a group.
std::string full_name(const CommandRow& row);

class CommandTable {
 public:
  /// The program's rows, which must outlive the table; `completions` is added to them.
  explicit CommandTable(std::span<const CommandRow> rows);

  const std::vector<CommandRow>& rows() const { return rows_; }
  /// A row that can be run; not a title.
  bool is_command(const CommandRow& row) const;
  std::unique_ptr<Command> make(const CommandRow& row) const;

  /// A command, or a group that is not a command itself.
  struct Found {
    const CommandRow* row;   ///< of the command; nullptr for a bare group
    std::string group;       ///< the bare group
    std::size_t word_count;  ///< how many words named it
  };
  /// Throws Error{usage} with the closest names when the first words name nothing. `optim` alone,
  /// or followed by an option, is the bare group.
  Found find(std::span<const std::string> words) const;

  /// "ls", "merge": the rows of `group`; "" for the top level, groups included.
  std::vector<std::string> names_in(std::string_view group) const;
  /// Has rows of its own.
  bool is_group(std::string_view name) const;
  /// What the group is about, or "".
  std::string_view group_title(std::string_view group) const;

 private:
  const CommandRow* find_row(std::string_view group, std::string_view name) const;

  std::vector<CommandRow> rows_;
};

}  // namespace ckpt::cli
