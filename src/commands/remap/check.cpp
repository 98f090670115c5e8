// ckpt remap check: checks rules, and shows the rules that undo them.
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "commands/commands.hpp"
#include "commands/remap/key_facts.hpp"
#include "commands/shared/rule_options.hpp"

namespace ckpt::commands {

namespace {

constexpr std::array examples_of_check{
    cli::Example{"ckpt remap check --preset timm-vit/hf-vit",
                 "what undoes the rules, and what would be lost"},
    cli::Example{"ckpt remap check -e 'fc.* -> head.*' -e 'keep **' --keys "
                 "testdata/torch-2.13/plain.pt",
                 "whether the rules fit a checkpoint, without writing anything"},
};

class RemapCheck : public cli::Command {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view summary() const override { return "whether rules are sound, and their inverse"; }
  std::span<const cli::Example> examples() const override { return examples_of_check; }

  void declare(cli::Options& options) override {
    options.positional("RULES", file_, "a rule file, as text or JSON");
    declare_rules(options, rules_);
    options.value("--keys", keys_,
                  "a checkpoint to hold the rules against, or a list of its keys: one a line, or "
                  "ls --json",
                  "FILE");
    options.flag("--require-reversible", must_be_reversible_,
                 "with --keys: the answer is no when some key does not come back");
    options.flag("--as-json", is_json_, "print the rules in their JSON form, and nothing else");
    options.needs("--require-reversible", "--keys");
    options.check([this] {
      if (file_.has_value() == rules_.are_given())
        throw Error(ErrorKind::usage, "expected RULES, or one of --rules, -e and --preset");
    });
  }

  cli::ExitCode run(cli::Console& console) override {
    const LoadedRules loaded =
        file_ ? load_rule_file(*file_, rules_.parameters) : load_rules(rules_);
    if (is_json_ && loaded.rules.problems.empty()) {
      console.out(match::to_json(loaded.rules));
      return cli::ExitCode::done;
    }
    const match::KeyList list = keys_ ? read_keys(*keys_) : match::KeyList{};
    refuse_names_alone(list);
    std::vector<match::Problem> problems =
        match::check_rules(loaded.rules, loaded.parameters,
                           list.has_shapes ? list.keys : std::vector<match::KeyFacts>());
    if (keys_ && !match::has_errors(problems)) add_problems_of_keys(loaded, list, problems);
    print(problems, console);
    if (match::has_errors(problems)) return cli::ExitCode::no;
    console.out("\n# the inverse\n");
    console.out(match::to_text(match::inverse_of(loaded.rules, loaded.parameters).rules));
    return cli::ExitCode::done;
  }

 private:
  void refuse_names_alone(const match::KeyList& list) const {
    if (must_be_reversible_ && !list.has_shapes)
      throw Error(ErrorKind::usage,
                  concat("--require-reversible: ", keys_->string(), " has names alone, no shapes"),
                  "ckpt ls --json FILE lists both");
  }

  void add_problems_of_keys(const LoadedRules& loaded, const match::KeyList& list,
                            std::vector<match::Problem>& problems) const {
    const match::RuleSet rules =
        list.has_shapes ? loaded.rules : match::without_shapes(loaded.rules);
    const match::Plan plan = match::make_plan(rules, loaded.parameters, list.keys);
    problems.insert(problems.end(), plan.problems.begin(), plan.problems.end());
    if (match::has_errors(plan.problems) || !list.has_shapes) return;
    for (match::Problem& problem : match::check_return(rules, loaded.parameters, list.keys, plan)) {
      if (must_be_reversible_) problem.severity = match::Severity::error;
      problems.push_back(std::move(problem));
    }
  }

  static std::string_view word_of(match::Severity severity) {
    switch (severity) {
      case match::Severity::error:
        return "error";
      case match::Severity::warning:
        return "warning";
      case match::Severity::note:
        return "note";
    }
    return "";
  }

  static void print(const std::vector<match::Problem>& problems, cli::Console& console) {
    if (problems.empty()) console.out("no problems\n");
    for (const match::Problem& problem : problems) {
      const Error told = match::to_error(problem);
      console.out(concat(word_of(problem.severity), ": ",
                         render::escaped(told.message(), console.escaping()), "\n"));
      if (!told.hint().empty())
        console.out(concat("  hint: ", render::escaped(told.hint(), console.escaping()), "\n"));
    }
  }

  std::optional<std::filesystem::path> file_;
  RuleOptions rules_;
  std::optional<std::filesystem::path> keys_;
  bool must_be_reversible_ = false;
  bool is_json_ = false;
};

}  // namespace

std::unique_ptr<cli::Command> make_remap_check() { return std::make_unique<RemapCheck>(); }

}  // namespace ckpt::commands
