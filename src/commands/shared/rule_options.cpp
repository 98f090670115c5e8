#include "commands/shared/rule_options.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/presets.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "commands/shared/text_file.hpp"

namespace ckpt::commands {

namespace {

/// Rules for another model fail in every line: the first errors are enough.
constexpr std::size_t most_errors = 6;

match::RuleSet parse_rule_file(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{' &&
                       text.find("\"remap\"") != std::string_view::npos;
  return is_json ? match::parse_rules_json(text) : match::parse_rules(text);
}

}  // namespace

void declare_parameters(cli::Options& options, ParameterOptions& parameters) {
  options.value("-D,--define", parameters.definitions, "the value of a param or let of the rules",
                "NAME=VALUE");
  options.value("--config", parameters.config,
                "a JSON file, such as a model's config.json, with values of params", "FILE");
}

match::Parameters parameters_of(const ParameterOptions& options) {
  match::Parameters parameters;
  for (const std::string& definition : options.definitions) {
    const std::size_t equals = definition.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == definition.size())
      throw Error(ErrorKind::usage, concat("-D: expected NAME=VALUE, got ", quote(definition)));
    const std::string name = definition.substr(0, equals);
    if (!parameters.values.try_emplace(name, definition.substr(equals + 1)).second)
      throw Error(ErrorKind::usage, concat("-D ", name, " is given twice"));
  }
  if (options.config) {
    const std::string text = read_text_file(*options.config);
    parameters.config =
        within(options.config->string(), [&] { return match::numbers_of_json(text); });
  }
  return parameters;
}

void declare_rules(cli::Options& options, RuleOptions& rules) {
  options.group("rules");
  options.value("--rules", rules.file, "a rule file, as text or JSON", "FILE");
  options.value(
      "-e,--rule", rules.lines,
      concat("a rule, as a line of a rule file: SRC -> DST, drop KEY, keep KEY, or new KEY "
             "= VALUE; may be repeated. SRC -> DST | OPERATION computes: ",
             join(match::operation_names(), ", ")),
      "RULE");
  options.value("--preset", rules.preset,
                "a conversion that ckpt knows; remap --preset list names them all", "NAME");
  declare_parameters(options, rules.parameters);
  options.excludes("--rules", "--rule");
  options.excludes("--rules", "--preset");
  options.excludes("--rule", "--preset");
  options.group("options");
}

LoadedRules load_rule_file(const std::filesystem::path& path, const ParameterOptions& parameters) {
  const std::string text = read_text_file(path);
  match::RuleSet rules = within(path.string(), [&] { return parse_rule_file(text); });
  return {std::move(rules), parameters_of(parameters), path.string()};
}

LoadedRules load_rules(const RuleOptions& options) {
  if (options.file) return load_rule_file(*options.file, options.parameters);
  if (options.preset)
    return {match::parse_rules(match::preset_named(*options.preset).text),
            parameters_of(options.parameters), concat("--preset ", *options.preset)};
  return {match::parse_rules(join(options.lines, "\n"), "-e"), parameters_of(options.parameters),
          ""};
}

void declare_rule_use(cli::Options& options, RuleUse& use) {
  options.flag("--reverse", use.is_reversed, "the inverse of the rules");
  options.flag("--keep-unmatched", use.keeps_unmatched, "keys without a rule stay as they are");
}

RulesInUse rules_in_use(const LoadedRules& loaded, const RuleUse& use,
                        std::span<const match::KeyFacts> facts) {
  RulesInUse used{loaded.rules, loaded.parameters, {}};
  if (use.is_reversed) {
    match::Inverse inverse = match::inverse_of(loaded.rules, loaded.parameters, facts);
    used = {std::move(inverse.rules), {}, std::move(inverse.notes)};
  }
  if (use.keeps_unmatched) {
    match::Rule keep = match::parse_rules("? keep **").rules.front();
    keep.line = used.rules.rules.empty() ? 1 : used.rules.rules.back().line + 1;
    used.rules.rules.push_back(std::move(keep));
  }
  return used;
}

void explain_inverse(const RulesInUse& inverse, std::vector<match::Problem>& problems) {
  const auto has_rule_at = [&](std::string_view place) {
    return std::ranges::any_of(inverse.rules.rules, [&](const match::Rule& rule) {
      return concat(inverse.rules.unit, " ", rule.line) == place;
    });
  };
  for (match::Problem& problem : problems) {
    const bool is_taken = problem.code == "D14" && !problem.keys.empty();
    if (problem.code == "E07" || is_taken) problem.severity = match::Severity::warning;
    if (problem.code != "D11") continue;
    for (const match::Problem& note : inverse.notes)
      if (!has_rule_at(note.place))
        problem.hint = concat(note.place, ": ", note.message, "; ", problem.hint);
  }
}

bool report_problems(const std::vector<match::Problem>& problems, const std::string& origin,
                     cli::Console& console, const std::string& keys_of) {
  std::size_t errors = 0;
  for (const match::Problem& problem : problems) {
    Error error = match::to_error(problem);
    if (!origin.empty()) error.add_place(origin);
    if (!keys_of.empty() && problem.code.starts_with('D')) error.add_place(keys_of);
    switch (problem.severity) {
      case match::Severity::error:
        if (++errors <= most_errors) console.report(error);
        break;
      case match::Severity::warning:
        console.warn(error.message(), error.hint());
        break;
      case match::Severity::note:
        console.detail(error.message());
        break;
    }
  }
  if (errors > most_errors)
    console.report(Error(ErrorKind::usage, concat("and ", errors - most_errors, " more")));
  return errors == 0;
}

}  // namespace ckpt::commands
