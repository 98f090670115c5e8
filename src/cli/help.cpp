// All lists of a help text are collected first, because their explanations start in one common
// column.

#include "cli/help.hpp"

#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/render/width.hpp"

namespace ckpt::cli {

namespace {

constexpr std::size_t line_columns = 80;
constexpr std::size_t widest_term_columns = 26;

/// A term and its explanation: one line of a list.
struct Entry {
  std::string term;
  std::string meaning;
};

/// Appends `text` at `start_column` and indents its continuation lines to it. The current line must
/// have that length already.
void append_wrapped(std::string& out, std::string_view text, std::size_t start_column) {
  std::size_t column = start_column;
  for (const std::string_view word : split(text, ' ')) {
    const std::size_t columns = render::display_width(word);
    if (column > start_column && column + 1 + columns > line_columns) {
      out += '\n';
      out.append(start_column, ' ');
      column = start_column;
    }
    if (column > start_column) out += ' ';
    column += columns + (column > start_column ? 1 : 0);
    out += word;
  }
  out += '\n';
}

/// The column at which explanations start in all lists of a help text: after the longest term that
/// is not too long.
std::size_t meaning_column_of(const std::vector<Entry>& entries) {
  std::size_t term_columns = 0;
  for (const Entry& entry : entries)
    if (entry.term.size() <= widest_term_columns)
      term_columns = std::max(term_columns, entry.term.size());
  return 2 + term_columns + 2;
}

void append_list(std::string& out, const std::vector<Entry>& entries, std::size_t meaning_column) {
  for (const Entry& entry : entries) {
    out += concat("  ", entry.term);
    std::size_t column = 2 + entry.term.size();
    if (column + 2 > meaning_column && !entry.meaning.empty()) {
      out += '\n';
      column = 0;
    }
    if (!entry.meaning.empty()) out.append(meaning_column - column, ' ');
    append_wrapped(out, entry.meaning, meaning_column);
  }
}

/// Lists under titles, with a common alignment.
struct Section {
  std::string title;  // "" for none
  std::vector<Entry> entries;
};

enum class Gap { none, blank_line };

void append_sections(std::string& out, const std::vector<Section>& sections, Gap gap) {
  std::vector<Entry> all;
  for (const Section& section : sections)
    all.insert(all.end(), section.entries.begin(), section.entries.end());
  const std::size_t meaning_column = meaning_column_of(all);
  for (const Section& section : sections) {
    if (section.entries.empty()) continue;
    if (gap == Gap::blank_line) out += '\n';
    if (!section.title.empty()) out += concat(section.title, ":\n");
    append_list(out, section.entries, meaning_column);
  }
}

std::string positional_text(const PositionalSpec& positional) {
  switch (positional.count) {
    case Count::one:
      return positional.name;
    case Count::optional:
      return concat('[', positional.name, ']');
    case Count::one_or_more:
      return concat(positional.name, "...");
    case Count::any:
      return concat('[', positional.name, "...]");
  }
  return {};
}

Entry option_entry(const OptionSpec& option) {
  std::string term = option.short_name.empty() ? "    " : option.short_name;
  if (!option.long_names.empty())
    term += concat(option.short_name.empty() ? "" : ", ", option.long_names.front());
  if (option.takes_value()) term += concat(' ', option.placeholder);
  std::string meaning = option.help;
  if (!option.choices.empty()) meaning += concat(": ", join(option.choices, ", "));
  for (std::size_t i = 1; i < option.long_names.size(); ++i)
    meaning += concat(i == 1 ? " (also " : ", ", option.long_names[i],
                      i + 1 == option.long_names.size() ? ")" : "");
  return {term, meaning};
}

std::vector<Section> option_sections(const Options& options) {
  std::vector<Section> sections;
  for (const OptionSpec& option : options.options()) {
    auto section = std::ranges::find(sections, option.group, &Section::title);
    if (section == sections.end()) section = sections.insert(section, {option.group, {}});
    section->entries.push_back(option_entry(option));
  }
  return sections;
}

Entry command_entry(const CommandTable& table, const CommandRow& row) {
  return {full_name(row), std::string(table.make(row)->summary())};
}

/// A group without a title, such as the sub-commands of a command, is described by its first
/// command.
Entry group_entry(const CommandTable& table, std::string_view group) {
  const std::string term = concat(group, ' ', join(table.names_in(group), "|"));
  const std::string_view title = table.group_title(group);
  if (!title.empty()) return {term, std::string(title)};
  const auto first = std::ranges::find(table.rows(), group, &CommandRow::group);
  return {term, std::string(table.make(*first)->summary())};
}

bool is_title(const CommandRow& row) { return row.name.empty() && row.make == nullptr; }

/// The rows under their titles. Sub-commands form one entry, at the first row of their group.
std::vector<Section> command_sections(const CommandTable& table) {
  std::vector<Section> sections(1);
  std::vector<std::string_view> shown_groups;
  for (const CommandRow& row : table.rows()) {
    std::vector<Entry>& entries = sections.back().entries;
    const std::string_view group = row.group.empty() ? row.name : row.group;
    if (is_title(row)) {
      sections.push_back({std::string(row.title), {}});
    } else if (table.is_command(row) && row.group.empty()) {
      entries.push_back(command_entry(table, row));
    } else if (std::ranges::find(shown_groups, group) == shown_groups.end()) {
      shown_groups.push_back(group);
      entries.push_back(group_entry(table, group));
    }
  }
  return sections;
}

}  // namespace

std::string short_usage() {
  return "usage: ckpt COMMAND [OPTIONS] FILE...\n"
         "hint: ckpt --help lists the commands\n";
}

std::string program_help(const CommandTable& table) {
  std::string out = "usage: ckpt COMMAND [OPTIONS] FILE...\n\n";
  append_sections(out, command_sections(table), Gap::none);
  return out + "\nckpt COMMAND --help shows options and examples; ckpt --version the version.\n";
}

std::string group_help(const CommandTable& table, std::string_view group) {
  std::string out = concat("usage: ckpt ", group, " COMMAND [OPTIONS] FILE...\n\n");
  Section commands;
  for (const CommandRow& row : table.rows())
    if (row.group == group) commands.entries.push_back(command_entry(table, row));
  append_sections(out, {commands}, Gap::none);
  return out + concat("\nckpt ", group, " COMMAND --help shows options and examples.\n");
}

std::string usage_line(std::string_view full_name, const Options& options) {
  std::string out = concat("usage: ckpt ", full_name, " [OPTIONS]");
  for (const PositionalSpec& positional : options.positionals())
    out += concat(' ', positional_text(positional));
  return out;
}

std::string command_help(std::string_view full_name, const Command& command,
                         const Options& options) {
  std::string out = concat(usage_line(full_name, options), "\n\n", command.summary(), '\n');
  Section arguments{"arguments", {}};
  for (const PositionalSpec& positional : options.positionals())
    arguments.entries.push_back({positional.name, positional.help});
  std::vector<Section> sections = option_sections(options);
  sections.insert(sections.begin(), arguments);
  append_sections(out, sections, Gap::blank_line);
  if (!command.examples().empty()) out += "\nexamples:\n";
  for (const Example& example : command.examples())
    out += concat("  ", example.command_line, "\n      ", example.meaning, '\n');
  return out;
}

}  // namespace ckpt::cli
