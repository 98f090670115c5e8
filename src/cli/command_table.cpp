#include "cli/command_table.hpp"

#include <algorithm>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "cli/completions.hpp"

namespace ckpt::cli {

namespace {

/// The commands that have `word` among their synonyms.
std::vector<std::string> commands_like(std::span<const CommandRow> rows, std::string_view word) {
  std::vector<std::string> commands;
  for (const CommandRow& row : rows) {
    const std::vector<std::string_view> synonyms = split(row.synonyms, ' ');
    if (!word.empty() && std::ranges::find(synonyms, word) != synonyms.end())
      commands.push_back(full_name(row));
  }
  return commands;
}

[[noreturn]] void throw_unknown(std::span<const CommandRow> rows, std::string_view group,
                                const std::string& name,
                                const std::vector<std::string>& candidates) {
  const std::string gap = group.empty() ? "" : " ";
  std::string hint = group.empty() ? did_you_mean(commands_like(rows, name)) : "";
  if (hint.empty()) hint = did_you_mean(find_misspelled(name, candidates));
  if (hint.empty()) hint = concat("ckpt ", group, gap, "--help lists the commands");
  throw Error(ErrorKind::usage, concat("unknown command ", quote(concat(group, gap, name))), hint);
}

}  // namespace

std::string full_name(const CommandRow& row) {
  return row.group.empty() ? std::string(row.name) : concat(row.group, ' ', row.name);
}

CommandTable::CommandTable(std::span<const CommandRow> rows) : rows_(rows.begin(), rows.end()) {
  // The completions command belongs under none of the program's titles.
  const bool has_titles = std::ranges::any_of(
      rows, [](const CommandRow& row) { return row.name.empty() && row.make == nullptr; });
  if (has_titles) rows_.push_back({.group = "", .name = "", .title = "set up a shell"});
  rows_.push_back({.group = "", .name = completions_name});
}

bool CommandTable::is_command(const CommandRow& row) const {
  return row.make != nullptr || row.name == completions_name;
}

std::unique_ptr<Command> CommandTable::make(const CommandRow& row) const {
  // This is the only command that describes the others, so it is made from the table.
  if (row.name == completions_name) return make_completions(*this);
  return row.make();
}

CommandTable::Found CommandTable::find(std::span<const std::string> words) const {
  const std::string& name = words.front();
  const CommandRow* const own = find_row({}, name);
  if (is_group(name)) {
    const bool has_second = words.size() > 1 && !words[1].starts_with('-');
    const CommandRow* const child = has_second ? find_row(name, words[1]) : nullptr;
    if (child != nullptr) return {child, {}, 2};
    if (own == nullptr && has_second) throw_unknown(rows_, name, words[1], names_in(name));
    if (own == nullptr) return {nullptr, name, 1};
  }
  if (own == nullptr) throw_unknown(rows_, {}, name, names_in({}));
  return {own, {}, 1};
}

std::vector<std::string> CommandTable::names_in(std::string_view group) const {
  std::vector<std::string> names;
  for (const CommandRow& row : rows_) {
    const std::string_view name = group.empty() && !row.group.empty() ? row.group : row.name;
    const bool is_wanted = !name.empty() && (group.empty() || row.group == group);
    if (is_wanted && std::ranges::find(names, name) == names.end()) names.emplace_back(name);
  }
  return names;
}

bool CommandTable::is_group(std::string_view name) const {
  return std::ranges::any_of(
      rows_, [name](const CommandRow& row) { return !name.empty() && row.group == name; });
}

std::string_view CommandTable::group_title(std::string_view group) const {
  const auto is_title = [group](const CommandRow& row) {
    return row.group.empty() && row.name == group && row.make == nullptr;
  };
  const auto found = std::ranges::find_if(rows_, is_title);
  return found == rows_.end() ? std::string_view{} : found->title;
}

const CommandRow* CommandTable::find_row(std::string_view group, std::string_view name) const {
  const auto is_it = [this, group, name](const CommandRow& row) {
    return is_command(row) && row.group == group && row.name == name;
  };
  const auto found = std::ranges::find_if(rows_, is_it);
  return found == rows_.end() ? nullptr : &*found;
}

}  // namespace ckpt::cli
