#include "commands/remap/rules.hpp"

#include <algorithm>
#include <unordered_map>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/edit/rule_edit.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "ckpt/match/rule_plan.hpp"
#include "commands/remap/key_order.hpp"

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
        keys_(run.joined ? *run.joined : edit::rule_keys(checkpoint.tree(), checkpoint.root.node)),
        facts_(keys_.facts) {}

  std::optional<Edit> edit() {
    used_ = rules_in_use(run_.loaded, run_.use, facts_);
    report(used_.notes);
    Plan plan = match::make_plan(used_.rules, used_.parameters, facts_);
    if (run_.use.is_reversed) explain_inverse(used_, plan.problems);
    if (!report(plan.problems) || !report(checks(plan))) return std::nullopt;
    edit::RootEdit root_edit = edit::by_rules(plan, keys_);
    if (run_.like) sort_outputs(root_edit, keys_like(*run_.like));
    if (run_.order) sort_outputs(root_edit, read_name_list(*run_.order).names);
    const std::vector<const match::PlannedOutput*> outputs = in_order(plan, root_edit);
    if (run_.prints_plan) print(plan, outputs);
    Edit edit = counted_edit(plan, outputs);
    const edit::Report report = edit::apply(checkpoint_.tree(), checkpoint_.root, root_edit,
                                            {.carry = carry_options(run_.treatment)});
    say_remarks(report.followers, console_);
    if (report.followers.has_changed) edit.change = Change::some;
    return edit;
  }

 private:
  bool report(const std::vector<match::Problem>& problems) {
    return report_problems(problems, run_.loaded.origin, console_, checkpoint_.path.string());
  }

  std::vector<match::Problem> checks(const Plan& plan) const {
    std::vector<match::Problem> problems;
    if (run_.like) {
      const Checkpoint target = open_for_reading(*run_.like, std::nullopt);
      problems = match::check_target(used_.rules, plan, facts_,
                                     edit::key_facts(target.tree(), target.root.node));
    }
    if (run_.must_be_reversible)
      for (match::Problem& problem :
           match::check_return(used_.rules, used_.parameters, facts_, plan)) {
        problem.severity = match::Severity::error;
        problems.push_back(std::move(problem));
      }
    return problems;
  }

  /// What was planned, in the order of the edit.
  static std::vector<const match::PlannedOutput*> in_order(const Plan& plan,
                                                           const edit::RootEdit& edit) {
    std::vector<const match::PlannedOutput*> outputs;
    const bool is_as_planned = std::ranges::equal(edit.outputs, plan.outputs, {},
                                                  &edit::Output::name, &match::PlannedOutput::name);
    if (is_as_planned) {
      for (const match::PlannedOutput& output : plan.outputs) outputs.push_back(&output);
      return outputs;
    }
    std::unordered_map<std::string_view, const match::PlannedOutput*> by_name;
    for (const match::PlannedOutput& output : plan.outputs)
      by_name.try_emplace(output.name, &output);
    for (const edit::Output& output : edit.outputs) outputs.push_back(by_name.at(output.name));
    return outputs;
  }

  void print(const Plan& plan, const std::vector<const match::PlannedOutput*>& outputs) {
    const auto shown = [&](std::string_view text) {
      return render::escaped(text, console_.escaping());
    };
    for (const match::PlannedOutput* planned : outputs) {
      const match::PlannedOutput& output = *planned;
      const match::Step& step = plan.steps[output.step];
      if (step.kind == StepKind::source && facts_[step.source].key == output.name) continue;
      std::vector<std::string> sources;
      for (const std::size_t key : output.sources) sources.push_back(shown(facts_[key].key));
      std::string line =
          concat(sources.empty() ? "(new)" : join(sources, ", "), " => ", shown(output.name));
      for (const match::OpCall& op : used_.rules.rules[output.rule].ops)
        line += concat(" | ", shown(match::to_text(op)));
      console_.out(concat(line, "\n"));
    }
    for (const std::size_t key : plan.dropped)
      console_.out(concat(shown(facts_[key].key), " => (dropped)\n"));
  }

  /// By key, like the facts.
  std::vector<bool> are_tensors() const {
    std::vector<bool> are;
    for (const edit::RuleSource& source : keys_.sources)
      are.push_back(checkpoint_.tree().is(source.value, model::Kind::tensor));
    return are;
  }

  Edit counted_edit(const Plan& plan,
                    const std::vector<const match::PlannedOutput*>& outputs) const {
    const std::vector<bool> is_tensor = are_tensors();
    std::size_t renamed = 0;
    std::size_t others_renamed = 0;
    std::size_t computed = 0;
    std::size_t created = 0;
    bool is_in_order = outputs.size() == facts_.size();
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const match::PlannedOutput& output = *outputs[i];
      const match::Step& step = plan.steps[output.step];
      const bool is_source = step.kind == StepKind::source;
      is_in_order = is_in_order && is_source && step.source == i;
      if (step.kind == StepKind::created) {
        ++created;
      } else if (!is_source) {
        ++computed;
      } else if (facts_[step.source].key != output.name) {
        ++(is_tensor[step.source] ? renamed : others_renamed);
      }
    }
    const bool is_same = is_in_order && renamed + others_renamed == 0;
    const auto others_dropped = static_cast<std::size_t>(
        std::ranges::count_if(plan.dropped, [&](std::size_t key) { return !is_tensor[key]; }));
    std::string counts =
        concat(counted(renamed, "tensor"), " renamed, ", computed, " computed, ", created, " new, ",
               plan.dropped.size() - others_dropped, " dropped");
    if (others_renamed > 0)
      counts += concat(", ", counted(others_renamed, "other value"), " renamed");
    if (others_dropped > 0)
      counts += concat(", ", counted(others_dropped, "other value"), " dropped");
    return {is_same ? Change::none : Change::some, std::move(counts)};
  }

  Checkpoint& checkpoint_;
  const RuleRun& run_;
  cli::Console& console_;
  edit::RuleKeys keys_;
  const std::vector<KeyFacts>& facts_;
  RulesInUse used_;
};

}  // namespace

std::optional<Edit> run_rules(Checkpoint& checkpoint, const RuleRun& run, cli::Console& console) {
  if (!checkpoint.tree().is(checkpoint.root.node, model::Kind::dict))
    throw Error(ErrorKind::conflict, "the root is no dict, so there are no names to change");
  return RuleRunner(checkpoint, run, console).edit();
}

}  // namespace ckpt::commands
