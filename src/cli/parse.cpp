// Parses a command line. CLI11 splits it into options and other words (clusters, --name=value,
// `--`). Conversion, relations and messages are done here, because CLI11 splits values such as
// [a,b], takes the next word as the value of an empty --name=, and has error messages for
// programmers.
#include "cli/parse.hpp"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "cli/output_files.hpp"

namespace ckpt::cli {

namespace {

struct Occurrence {
  const OptionSpec* option;
  std::string value;
};

struct SplitLine {
  std::vector<Occurrence> occurrences;  // in command line order
  std::vector<std::string> others;      // all other words, `--` included
};

/// Whether the word is "--keep=" of an option with a value; false for "--tree=" of a flag.
bool names_empty_value(const Options& options, std::string_view word) {
  if (!word.starts_with("--") || !word.ends_with('=')) return false;
  const OptionSpec* const option = options.find_option(word.substr(0, word.size() - 1));
  return option != nullptr && option->takes_value();
}

/// Replaces "--name=" by "--name" and "", because CLI11 would take the next word as the value.
std::vector<std::string> with_empty_values_apart(const Options& options,
                                                 const std::vector<std::string>& words) {
  std::vector<std::string> apart;
  bool is_after_mark = false;
  for (const std::string& word : words) {
    is_after_mark = is_after_mark || word == "--";
    const bool is_empty_value = !is_after_mark && names_empty_value(options, word);
    apart.push_back(is_empty_value ? word.substr(0, word.size() - 1) : word);
    if (is_empty_value) apart.emplace_back();
  }
  return apart;
}

std::string cli11_names(const OptionSpec& option) {
  std::vector<std::string> names = option.long_names;
  if (!option.short_name.empty()) names.push_back(option.short_name);
  return join(names, ",");
}

CLI::Option* add_to(CLI::App& app, const OptionSpec& option) {
  if (!option.takes_value()) return app.add_flag(cli11_names(option));
  return app.add_option(cli11_names(option))
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// CLI11 throws only when the last option lacks its value; its message starts with the name.
[[noreturn]] void throw_missing_value(const Options& options, const CLI::ParseError& error) {
  const std::string text = error.what();
  const OptionSpec* const option = options.find_option(text.substr(0, text.find(':')));
  if (option == nullptr) throw Error(ErrorKind::usage, text);
  throw Error(ErrorKind::usage,
              concat(option->name(), ": expected ", option->placeholder, ", got nothing"));
}

SplitLine split_line(const Options& options, const std::vector<std::string>& words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::map<const CLI::Option*, const OptionSpec*> specs;
  for (const OptionSpec& option : options.options()) specs[add_to(app, option)] = &option;
  std::vector<std::string> reversed = with_empty_values_apart(options, words);
  std::ranges::reverse(reversed);
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    throw_missing_value(options, error);
  }
  SplitLine line;
  std::map<const CLI::Option*, std::size_t> seen;
  for (const CLI::Option* const option : app.parse_order())
    line.occurrences.push_back({specs.at(option), option->results().at(seen[option]++)});
  line.others = app.remaining();
  return line;
}

[[noreturn]] void throw_unknown_option(const Options& options, const ParseRequest& request,
                                       std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const OptionSpec& option : options.options())
    names.insert(names.end(), option.long_names.begin(), option.long_names.end());
  std::string hint = did_you_mean(find_misspelled(name, names));
  if (hint.empty()) hint = concat("ckpt ", request.command, " --help lists the options");
  throw Error(ErrorKind::usage, concat("unknown option ", quote(name)), hint);
}

/// The words that are not options. A word that looks like an option is reported as unknown.
std::vector<std::string> take_arguments(const Options& options, const ParseRequest& request,
                                        std::vector<std::string> others) {
  const auto mark = std::ranges::find(others, "--");
  for (auto word = others.begin(); word != mark; ++word) {
    const bool is_number = word->size() > 1 && word->at(1) >= '0' && word->at(1) <= '9';
    if (word->size() > 1 && word->front() == '-' && !is_number)
      throw_unknown_option(options, request, *word);
  }
  if (mark != others.end()) others.erase(mark);
  return others;
}

void verify_relations(const std::vector<Occurrence>& occurrences) {
  const auto is_given = [&occurrences](const std::string& name) {
    return std::ranges::any_of(
        occurrences, [&name](const Occurrence& other) { return other.option->name() == name; });
  };
  for (const auto& [option, value] : occurrences) {
    for (const std::string& other : option->excluded)
      if (is_given(other))
        throw Error(ErrorKind::usage,
                    concat(option->name(), " and ", other, " exclude each other"));
    for (const std::string& other : option->needed)
      if (!is_given(other))
        throw Error(ErrorKind::usage, concat(option->name(), ": needs ", other));
  }
}

void take_flag(const Occurrence& given) {
  if (given.value != "true")
    throw Error(ErrorKind::usage,
                concat(given.option->name(), ": takes no value, got ", quote(given.value)));
  given.option->take({});
}

void take_options(const std::vector<Occurrence>& occurrences) {
  std::map<const OptionSpec*, const std::string*> first_values;
  for (const Occurrence& given : occurrences) {
    const OptionSpec& option = *given.option;
    if (!option.takes_value()) {
      take_flag(given);
      continue;
    }
    const auto [first, is_first] = first_values.emplace(&option, &given.value);
    if (!is_first && !option.is_repeatable)
      throw Error(ErrorKind::usage, concat(option.name(), ": given twice, ", quote(*first->second),
                                           " and ", quote(given.value)));
    within(option.name(), [&] { option.take(given.value); });
  }
}

std::size_t least(Count count) {
  return count == Count::one || count == Count::one_or_more ? 1 : 0;
}

bool is_list(Count count) { return count == Count::one_or_more || count == Count::any; }

/// Assigns arguments in order: each takes what it needs; an optional one or a list takes what the
/// later ones leave.
void take_positionals(const Options& options, const ParseRequest& request,
                      const std::vector<std::string>& arguments) {
  std::size_t needed_later = 0;
  for (const PositionalSpec& positional : options.positionals())
    needed_later += least(positional.count);
  std::size_t next = 0;
  for (const PositionalSpec& positional : options.positionals()) {
    needed_later -= least(positional.count);
    const std::size_t left = arguments.size() - next;
    if (left < least(positional.count))
      throw Error(ErrorKind::usage,
                  concat(request.command, ": expected ", positional.name, ", got nothing"),
                  request.usage_line);
    const std::size_t spare = left > needed_later ? left - needed_later : 0;
    const std::size_t count = is_list(positional.count)
                                  ? std::max(spare, least(positional.count))
                                  : std::clamp<std::size_t>(spare, least(positional.count), 1);
    for (std::size_t i = 0; i < count; ++i, ++next)
      within(positional.name, [&] { positional.take(arguments[next]); });
  }
  if (next < arguments.size())
    throw Error(ErrorKind::usage,
                concat(request.command, ": unexpected argument ", quote(arguments[next])),
                request.usage_line);
}

}  // namespace

Parsed parse(const Options& options, const ParseRequest& request) {
  const SplitLine line = split_line(options, request.words);
  const auto is_help = [](const Occurrence& given) { return given.option->name() == "--help"; };
  if (std::ranges::any_of(line.occurrences, is_help)) return Parsed::wants_help;
  const std::vector<std::string> arguments = take_arguments(options, request, line.others);
  verify_relations(line.occurrences);
  take_options(line.occurrences);
  take_positionals(options, request, arguments);
  for (const auto& verify : options.checks()) verify();
  refuse_inputs_as_outputs(options);
  return Parsed::ready;
}

}  // namespace ckpt::cli
