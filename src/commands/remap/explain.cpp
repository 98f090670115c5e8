// ckpt remap explain: shows which rule matches a key, what it becomes and what happens on the way,
// in both directions.
#include <array>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_explain.hpp"
#include "commands/commands.hpp"
#include "commands/remap/key_facts.hpp"
#include "commands/shared/rule_options.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_explain{
    cli::Example{"ckpt remap explain timm-vit/hf-vit blocks.3.attn.qkv.weight",
                 "where a key goes, by a preset"},
    cli::Example{"ckpt remap explain timm-vit/hf-vit vit.layernorm.bias",
                 "where a key of the other side comes from"},
};

class RemapExplain : public cli::Command {
 public:
  std::string_view name() const override { return "explain"; }
  std::string_view summary() const override { return "which rule takes a key, and what it does"; }
  std::span<const cli::Example> examples() const override { return examples_of_explain; }

  void declare(cli::Options& options) override {
    options.positional("RULES", rules_, "a rule file, or the name of a preset");
    options.positionals("KEY", keys_, cli::Count::one_or_more, "keys of either side");
    declare_parameters(options, parameters_);
    options.value("--keys", key_file_,
                  "a checkpoint, or a list of its keys, for rules that count or measure keys",
                  "FILE");
  }

  cli::ExitCode run(cli::Console& console) override {
    const LoadedRules loaded = load();
    std::vector<match::KeyFacts> facts;
    if (key_file_) facts = read_keys(*key_file_).keys;
    if (!report_problems(loaded.rules.problems, loaded.origin, console))
      return cli::ExitCode::not_done;
    const match::RuleSet inverse = within(loaded.origin, [&] {
      match::RuleSet rules = match::inverse_of(loaded.rules, loaded.parameters).rules;
      match::throw_first_error(rules.problems);
      // Names that depend on the keys of the other side get a stand-in number.
      for (match::Declaration& declaration : rules.declarations)
        if (declaration.expression.empty()) declaration.expression = "9";
      return rules;
    });
    bool all_known = true;
    for (const std::string& key : keys_) {
      const bool goes = explain("=>", loaded.rules, loaded.parameters, facts, key, console);
      const bool comes = explain("<=", inverse, {}, {}, key, console);
      if (!goes && !comes)
        console.out(concat(render::escaped(key, console.escaping()), "\n  no rule for it\n"));
      all_known = all_known && (goes || comes);
    }
    return all_known ? cli::ExitCode::done : cli::ExitCode::no;
  }

 private:
  LoadedRules load() const {
    if (std::filesystem::exists(rules_)) return load_rule_file(rules_, parameters_);
    RuleOptions preset;
    preset.preset = rules_;
    preset.parameters = parameters_;
    return load_rules(preset);
  }

  static bool explain(std::string_view arrow, const match::RuleSet& rules,
                      const match::Parameters& parameters,
                      const std::vector<match::KeyFacts>& facts, const std::string& key,
                      cli::Console& console) {
    const auto explanation = match::explain_key(rules, parameters, key, facts);
    if (!explanation) return false;
    const auto shown = [&](std::string_view text) {
      return render::escaped(text, console.escaping());
    };
    const match::Rule& rule = rules.rules[explanation->rule];
    console.out(concat(shown(key), "\n  ", rules.unit, " ", rule.line, ": ",
                       shown(match::to_text(rule)), "\n"));
    if (explanation->targets.empty()) console.out("  dropped\n");
    for (const std::string& target : explanation->targets)
      console.out(concat("  ", arrow, " ", shown(target), "\n"));
    return true;
  }

  std::string rules_;
  std::vector<std::string> keys_;
  ParameterOptions parameters_;
  std::optional<std::filesystem::path> key_file_;
};

}  // namespace

std::unique_ptr<cli::Command> make_remap_explain() { return std::make_unique<RemapExplain>(); }

}  // namespace ckpt::commands
