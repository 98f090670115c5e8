#include "commands/copy/rules.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/edit/apply.hpp"
#include "ckpt/edit/rule_edit.hpp"
#include "ckpt/match/pairing.hpp"
#include "commands/shared/address.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;
using model::NodeId;

class RuledSource {
 public:
  RuledSource(Checkpoint& source, const SourceStates& states, SourceNames& names)
      : source_(source), states_(states), names_(names) {}

  /// Keeps only the part that the rules concern, under the names that the rules use.
  void narrow() {
    const std::vector<match::Named> entries = match::named_entries(tree(), source_.root);
    for (const match::Named& entry : entries) {
      names_.note_name_in_file(entry.name);
      if (const std::optional<std::string> inner = names_.find_inner(entry.name))
        name_in_file_.try_emplace(*inner, entry.name);
    }
    names_.require_prefix(entries);
    if (!names_.is_narrowing()) return;
    const auto inner_of = [&](std::string_view name) { return names_.find_inner(name); };
    states_.apply(edit::make_root_edit(tree(), source_.root.node, inner_of));
  }

  void apply(const match::Plan& plan, const edit::RuleKeys& keys) {
    states_.apply(edit::by_rules(plan, keys));
    std::map<std::string, std::vector<std::string>> origins;
    for (const match::PlannedOutput& output : plan.outputs)
      for (const std::size_t key : output.sources)
        origins[output.name].push_back(name_in_file_.at(keys.facts[key].key));
    names_.set_origins(std::move(origins));
  }

 private:
  model::Tree& tree() { return source_.tree(); }

  Checkpoint& source_;
  const SourceStates& states_;
  SourceNames& names_;
  std::map<std::string, std::string> name_in_file_;  // by inner name
};

}  // namespace

void declare_copy_rules(cli::Options& options, CopyRules& rules) {
  declare_rules(options, rules.rules);
  options.group("rules");
  declare_rule_use(options, rules.use);
  options.group("options");
}

void check_copy_rules(const CopyRules& rules) {
  const ParameterOptions& parameters = rules.rules.parameters;
  const bool is_about_rules =
      rules.use.is_given() || !parameters.definitions.empty() || parameters.config;
  if (is_about_rules && !rules.rules.are_given())
    throw Error(ErrorKind::usage,
                "--reverse, --keep-unmatched, -D and --config need --rules, -e or --preset");
}

bool apply_rules(Checkpoint& source, const LoadedRules& loaded, const RuleUse& use,
                 const SourceStates& states, SourceNames& names, cli::Console& console) {
  show_state_dicts(source);
  if (!source.tree().is(source.root.node, Kind::dict))
    throw Error(ErrorKind::conflict, "the root is no dict, so there are no names for rules");
  RuledSource ruled(source, states, names);
  ruled.narrow();
  const edit::RuleKeys keys = edit::rule_keys(source.tree(), source.root.node);
  const RulesInUse used = rules_in_use(loaded, use, keys.facts);
  report_problems(used.notes, loaded.origin, console);
  match::Plan plan = match::make_plan(used.rules, used.parameters, keys.facts);
  if (use.is_reversed) explain_inverse(used, plan.problems);
  if (!report_problems(plan.problems, loaded.origin, console, address_text(source))) return false;
  ruled.apply(plan, keys);
  return true;
}

}  // namespace ckpt::commands
