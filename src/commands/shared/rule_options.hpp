// Where rules come from (a file, the command line, a preset), and the values of their names.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"

namespace ckpt::commands {

struct ParameterOptions {
  std::vector<std::string> definitions;  ///< NAME=VALUE
  std::optional<std::filesystem::path> config;
};

/// -D/--define NAME=VALUE, --config FILE.
void declare_parameters(cli::Options& options, ParameterOptions& parameters);
match::Parameters parameters_of(const ParameterOptions& options);

struct RuleOptions {
  std::optional<std::filesystem::path> file;
  std::vector<std::string> lines;
  std::optional<std::string> preset;
  ParameterOptions parameters;

  bool are_given() const { return file || !lines.empty() || preset; }
};

/// --rules FILE, -e/--rule RULE, --preset NAME, and the options of declare_parameters().
void declare_rules(cli::Options& options, RuleOptions& rules);

/// The rules of a command line, before they meet any keys.
struct LoadedRules {
  match::RuleSet rules;
  match::Parameters parameters;
  std::string origin;  ///< for messages: "vit.remap", "--preset timm-vit/hf-vit", "" for -e
};

/// Reads the rules of all given options.
LoadedRules load_rules(const RuleOptions& options);
/// A rule file, in text or JSON form, or the preset of that name.
LoadedRules load_rule_file(const std::filesystem::path& path, const ParameterOptions& parameters);

/// How rules are used.
struct RuleUse {
  bool is_reversed = false;
  bool keeps_unmatched = false;

  bool is_given() const { return is_reversed || keeps_unmatched; }
};

/// --reverse, --keep-unmatched.
void declare_rule_use(cli::Options& options, RuleUse& use);

/// The rules, or their inverse with --reverse.
struct RulesInUse {
  match::RuleSet rules;
  match::Parameters parameters;
  std::vector<match::Problem> notes;  ///< about the inverse
};

/// The rules to plan with, for keys with these facts.
RulesInUse rules_in_use(const LoadedRules& loaded, const RuleUse& use,
                        std::span<const match::KeyFacts> facts);

/// Rules of a computed inverse may overlap, which is no mistake of the user: turns those errors
/// into warnings. For keys that no inverse rule matches, adds a hint naming the forward rule that
/// cannot be undone.
void explain_inverse(const RulesInUse& inverse, std::vector<match::Problem>& problems);

/// Prints errors and warnings in `problems` to stderr, notes with --verbose. Returns false when
/// there is an error. Problems about the keys (D11 to D18) name `keys_of`, the file of these keys.
bool report_problems(const std::vector<match::Problem>& problems, const std::string& origin,
                     cli::Console& console, const std::string& keys_of = {});

}  // namespace ckpt::commands
