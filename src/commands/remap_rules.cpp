#include "commands/remap_rules.hpp"

#include <algorithm>
#include <map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_plan.hpp"
#include "ckpt/optim/rule_edit.hpp"
#include "commands/key_order.hpp"

namespace ckpt::commands {

namespace {

using match::KeyFacts;
using match::Plan;
using match::StepKind;

class RuleRunner {
 public:
  RuleRunner(Checkpoint& checkpoint, const RuleRun& run, cli::Console& console)
      : checkpoint_(checkpoint),
        run_(run),
        console_(console),
        facts_(optim::key_facts(checkpoint.tree(), checkpoint.root.node)) {}

  std::optional<Edit> edit() {
    Plan plan = match::make_plan(rules(), parameters_, facts_);
    if (run_.is_reversed) explain_inverse(plan.problems);
    if (!report(plan.problems) || !report(checks(plan))) return std::nullopt;
    optim::RootEdit root_edit = optim::make_root_edit(plan, facts_, run_.newcomers);
    if (run_.like) sort(plan, root_edit, keys_like(*run_.like));
    if (run_.order) sort(plan, root_edit, read_name_list(*run_.order).names);
    if (run_.prints_plan) print(plan);
    Edit edit = counted_edit(plan);
    if (carry_along(checkpoint_, root_edit, run_.treatment, console_).has_changed)
      edit.change = Change::some;
    optim::apply_plan(checkpoint_.tree(), checkpoint_.root.node, plan, facts_);
    return edit;
  }

 private:
  bool report(const std::vector<match::Problem>& problems) {
    return report_problems(problems, run_.loaded.origin, console_);
  }

  match::RuleSet rules() {
    parameters_ = run_.loaded.parameters;
    match::RuleSet rules = run_.loaded.rules;
    if (run_.is_reversed) {
      match::Inverse inverse = match::inverse_of(rules, parameters_, facts_);
      report(inverse.notes);
      notes_ = std::move(inverse.notes);
      rules = std::move(inverse.rules);
      parameters_ = {};
    }
    if (run_.keeps_unmatched) {
      match::Rule keep = match::parse_rules("? keep **").rules.front();
      keep.line = rules.rules.empty() ? 1 : rules.rules.back().line + 1;
      rules.rules.push_back(std::move(keep));
    }
    rules_ = rules;
    return rules;
  }

  /// An inverse is not written by hand: that one of its rules takes the keys of another is told,
  /// and no error. Keys without a rule may be those of a rule that cannot be undone.
  void explain_inverse(std::vector<match::Problem>& problems) const {
    for (match::Problem& problem : problems) {
      const bool is_taken = problem.code == "D14" && !problem.keys.empty();
      if (problem.code == "E07" || is_taken) problem.severity = match::Severity::warning;
      if (problem.code != "D11") continue;
      for (const match::Problem& note : notes_)
        if (!has_rule_at(note.place))
          problem.hint = concat(note.place, ": ", note.message, "; ", problem.hint);
    }
  }

  bool has_rule_at(std::string_view place) const {
    return std::ranges::any_of(rules_.rules, [&](const match::Rule& rule) {
      return concat(rules_.unit, " ", rule.line) == place;
    });
  }

  std::vector<match::Problem> checks(const Plan& plan) const {
    std::vector<match::Problem> problems;
    if (run_.like) {
      const Checkpoint target = open_checkpoint(*run_.like, std::nullopt);
      problems = match::check_target(rules_, plan, facts_,
                                     optim::key_facts(target.tree(), target.root.node));
    }
    if (run_.must_be_reversible)
      for (match::Problem& problem : match::check_return(rules_, parameters_, facts_, plan)) {
        problem.severity = match::Severity::error;
        problems.push_back(std::move(problem));
      }
    return problems;
  }

  /// Both into the order of `names`.
  static void sort(Plan& plan, optim::RootEdit& edit, const std::vector<std::string>& names) {
    sort_outputs(edit, names);
    std::map<std::string_view, std::size_t> place;
    for (const optim::Output& output : edit.outputs) place.try_emplace(output.name, place.size());
    std::ranges::stable_sort(plan.outputs, {}, [&](const match::PlannedOutput& output) {
      return place.at(output.name);
    });
  }

  void print(const Plan& plan) {
    const auto shown = [&](std::string_view text) {
      return render::escaped(text, console_.escaping());
    };
    for (const match::PlannedOutput& output : plan.outputs) {
      const match::Step& step = plan.steps[output.step];
      if (step.kind == StepKind::source && facts_[step.source].key == output.name) continue;
      std::vector<std::string> sources;
      for (const std::size_t key : output.sources) sources.push_back(shown(facts_[key].key));
      std::string line =
          concat(sources.empty() ? "(new)" : join(sources, ", "), " => ", shown(output.name));
      for (const match::OpCall& op : rules_.rules[output.rule].ops)
        line += concat(" | ", shown(match::to_text(op)));
      console_.out(concat(line, "\n"));
    }
    for (const std::size_t key : plan.dropped)
      console_.out(concat(shown(facts_[key].key), " => (dropped)\n"));
  }

  Edit counted_edit(const Plan& plan) const {
    std::size_t renamed = 0;
    std::size_t computed = 0;
    std::size_t created = 0;
    bool is_in_order = plan.outputs.size() == facts_.size();
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
      const match::PlannedOutput& output = plan.outputs[i];
      const match::Step& step = plan.steps[output.step];
      const bool is_source = step.kind == StepKind::source;
      is_in_order = is_in_order && is_source && step.source == i;
      if (step.kind == StepKind::created) {
        ++created;
      } else if (!is_source) {
        ++computed;
      } else if (facts_[step.source].key != output.name) {
        ++renamed;
      }
    }
    const bool is_same = is_in_order && renamed == 0;
    std::string counts = concat(counted(renamed, "tensor"), " renamed, ", computed, " computed, ",
                                created, " new, ", plan.dropped.size(), " dropped");
    return {is_same ? Change::none : Change::some, std::move(counts)};
  }

  Checkpoint& checkpoint_;
  const RuleRun& run_;
  cli::Console& console_;
  std::vector<KeyFacts> facts_;
  match::RuleSet rules_;
  match::Parameters parameters_;
  std::vector<match::Problem> notes_;  ///< of the inverse
};

}  // namespace

std::optional<Edit> run_rules(Checkpoint& checkpoint, const RuleRun& run, cli::Console& console) {
  if (!checkpoint.tree().is(checkpoint.root.node, model::Kind::dict))
    throw Error(ErrorKind::conflict, "the root is no dict, so there are no names to change");
  return RuleRunner(checkpoint, run, console).edit();
}

}  // namespace ckpt::commands
