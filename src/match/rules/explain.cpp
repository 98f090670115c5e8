#include "ckpt/match/rule_explain.hpp"

#include "match/rules/compile.hpp"
#include "match/rules/groups.hpp"
#include "match/rules/match.hpp"

namespace ckpt::match {

namespace {

/// The axes that a rule creates; nothing when their number depends on a tensor.
std::optional<std::vector<Axis>> made_axes(const CompiledRule& rule) {
  std::vector<Axis> axes;
  for (const VariableId id : rule.fan_out) {
    const Variable& variable = rule.variables[id];
    if (variable.range.empty() && variable.word_count == 0) return std::nullopt;
    Axis axis{id, variable.range};
    while (axis.values.size() < variable.word_count)
      axis.values.push_back(static_cast<std::int64_t>(axis.values.size()));
    axes.push_back(std::move(axis));
  }
  return axes;
}

std::vector<std::string> targets_of(const CompiledRule& rule, const Taken& taken) {
  std::vector<std::string> targets;
  if (rule.to.empty()) return targets;
  const auto axes = made_axes(rule);
  if (!axes) {
    for (const Template& to : rule.rule->to) targets.push_back(to_text(to));
    return targets;
  }
  AxisCounter counter(*axes);
  do {
    Bindings bindings = taken.bindings;
    std::size_t place = rule.pairs_keys ? taken.key_template : 0;
    for (std::size_t i = 0; i < axes->size(); ++i) {
      const VariableId id = (*axes)[i].variable;
      if (rule.variables[id].kind == VariableKind::key_list) {
        place = static_cast<std::size_t>(counter.value(i));
      } else {
        bindings[id] = {.is_bound = true, .number = counter.value(i)};
      }
    }
    targets.push_back(render(rule.to[place], bindings, rule.variables));
  } while (counter.advance());
  return targets;
}

}  // namespace

std::optional<Explanation> explain_key(const RuleSet& rules, const Parameters& parameters,
                                       std::string_view key, std::span<const KeyFacts> keys) {
  const CompiledRules compiled =
      compile(rules, parameters, keys,
              {.measured = keys.empty() ? Measured::placeholder : Measured::from_keys});
  throw_first_error(compiled.problems);
  const RuleIndex index(compiled.rules);
  const auto taken = index.find(key);
  if (!taken) return std::nullopt;
  const CompiledRule& rule = compiled.rules[taken->rule];
  return Explanation{rule.index, targets_of(rule, *taken)};
}

}  // namespace ckpt::match
