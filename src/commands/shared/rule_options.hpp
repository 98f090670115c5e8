// Where rules come from: a file, the command line, or the presets; and the values of their names.
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

struct LoadedRules {
  match::RuleSet rules;
  match::Parameters parameters;
  std::string origin;  ///< for messages: "vit.remap", "--preset timm-vit/hf-vit", "" for -e
};

/// Reads the rules of the options that are given.
LoadedRules load_rules(const RuleOptions& options);
/// A rule file, text or JSON, or the preset of that name.
LoadedRules load_rule_file(const std::filesystem::path& path, const ParameterOptions& parameters);

/// How rules are used.
struct RuleUse {
  bool is_reversed = false;
  bool keeps_unmatched = false;

  bool is_given() const { return is_reversed || keeps_unmatched; }
};

/// --reverse, --keep-unmatched.
void declare_rule_use(cli::Options& options, RuleUse& use);

struct RulesInUse {
  match::RuleSet rules;
  match::Parameters parameters;
  std::vector<match::Problem> notes;  ///< about the inverse
};

/// The rules to plan with for keys of these facts.
RulesInUse rules_in_use(const LoadedRules& loaded, const RuleUse& use,
                        std::span<const match::KeyFacts> facts);

/// An inverse is not written by hand: that one of its rules takes the keys of another is made a
/// warning, and keys without a rule get the notes on rules that cannot be undone as hints.
void explain_inverse(const RulesInUse& inverse, std::vector<match::Problem>& problems);

/// Errors and warnings among `problems` on stderr, notes with --verbose. False with an error among
/// them. Problems about keys at hand (D11 to D18) name `keys_of`, the file of these keys.
bool report_problems(const std::vector<match::Problem>& problems, const std::string& origin,
                     cli::Console& console, const std::string& keys_of = {});

}  // namespace ckpt::commands
