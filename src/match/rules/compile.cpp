#include "match/rules/compile.hpp"

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

CompiledRule compile_rule(const Rule& rule, const Names& names) {
  CompiledRule compiled{.rule = &rule};
  compile_templates(compiled, names);
  compile_flow(compiled, names);
  if (!rule.value.empty()) compiled.value = compile_value(rule.value, names);
  return compiled;
}

}  // namespace

CompiledRules compile(const RuleSet& rules, const Parameters& parameters,
                      std::span<const KeyFacts> keys, const CompileOptions& options) {
  CompiledRules compiled{.problems = rules.problems};
  compiled.names = evaluate_declarations(rules, parameters, keys, options, compiled.problems);
  for (std::size_t i = 0; i < rules.rules.size(); ++i) {
    const std::string place = concat(rules.unit, " ", rules.rules[i].line);
    try {
      CompiledRule rule = compile_rule(rules.rules[i], compiled.names);
      rule.index = i;
      rule.place = place;
      compiled.rules.push_back(std::move(rule));
    } catch (const RuleError& error) {
      compiled.problems.push_back(error.problem_at(place));
    }
  }
  return compiled;
}

}  // namespace ckpt::match
