// Compares every pair of rules: keys that both can match (W08) and keys that both can make (W09)
// are searched for by overlap.hpp.

#include "ckpt/match/rule_checks.hpp"

#include <algorithm>
#include <set>

#include "ckpt/base/text.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/overlap.hpp"
#include "match/rules/shadow.hpp"

namespace ckpt::match {

namespace {

struct SearchableRule {
  const CompiledRule* rule;
  std::vector<Searchable> from = {};
  std::vector<Searchable> to = {};
};

std::vector<Searchable> searchable(const std::vector<CompiledTemplate>& templates,
                                   const CompiledRule& rule) {
  std::vector<Searchable> result;
  for (const CompiledTemplate& key_template : templates)
    result.push_back({&key_template, &rule.variables, TemplateMatcher(key_template)});
  return result;
}

std::optional<std::string> common_key(const std::vector<Searchable>& a,
                                      const std::vector<Searchable>& b) {
  for (const Searchable& left : a)
    for (const Searchable& right : b)
      if (auto key = find_common_key(left, right)) return key;
  return std::nullopt;
}

std::string pair_text(const CompiledRule& a, const CompiledRule& b, std::string_view unit) {
  if (unit.starts_with('-')) return concat(a.place, " and ", b.place);
  return concat(unit, "s ", a.rule->line, " and ", b.rule->line);
}

class OverlapCheck {
 public:
  OverlapCheck(const CompiledRules& compiled, std::string_view unit,
               const std::set<std::size_t>& shadowed)
      : unit_(unit), shadowed_(shadowed) {
    for (const CompiledRule& rule : compiled.rules)
      rules_.push_back({&rule, searchable(rule.from, rule), searchable(rule.to, rule)});
  }

  void run(std::vector<Problem>& problems) const {
    for (std::size_t i = 0; i < rules_.size(); ++i)
      for (std::size_t k = i + 1; k < rules_.size(); ++k) check(rules_[i], rules_[k], problems);
  }

 private:
  void check(const SearchableRule& a, const SearchableRule& b,
             std::vector<Problem>& problems) const {
    const std::string pair = pair_text(*a.rule, *b.rule, unit_);
    const bool is_shadowed = shadowed_.contains(b.rule->index);
    if (!is_shadowed)
      if (const auto key = common_key(a.from, b.from))
        problems.push_back(warning("W08", *b.rule, *key,
                                   concat(pair, " both match e.g. ", *key, "; ", unit_, " ",
                                          a.rule->rule->line, " wins")));
    if (const auto key = common_key(a.to, b.to))
      problems.push_back(warning("W09", *b.rule, *key, concat(pair, " can both make e.g. ", *key)));
  }

  static Problem warning(std::string_view code, const CompiledRule& rule, const std::string& key,
                         std::string message) {
    return {.code = code,
            .severity = Severity::warning,
            .place = rule.place,
            .keys = {key},
            .message = std::move(message)};
  }

  std::string_view unit_;
  const std::set<std::size_t>& shadowed_;
  std::vector<SearchableRule> rules_;
};

/// The rules that match one of `keys`: no other rule shadows them, whatever samples say.
std::set<std::size_t> rules_that_match(const RuleIndex& index, std::span<const KeyFacts> keys) {
  std::set<std::size_t> used;
  for (const KeyFacts& facts : keys) {
    try {
      if (const auto taken = index.find(facts.key)) used.insert(taken->rule);
    } catch (const RuleError&) {
      continue;  // make_plan() refuses a key with several solutions
    }
  }
  return used;
}

}  // namespace

std::vector<Problem> check_rules(const RuleSet& rules, const Parameters& parameters,
                                 std::span<const KeyFacts> keys) {
  const CompiledRules compiled =
      compile(rules, parameters, keys,
              {.measured = keys.empty() ? Measured::placeholder : Measured::from_keys});
  std::vector<Problem> problems = compiled.problems;
  const RuleIndex index(compiled.rules);
  std::set<std::size_t> shadowed;
  const std::set<std::size_t> used = rules_that_match(index, keys);
  for (std::size_t r = 0; r < compiled.rules.size(); ++r) {
    if (used.contains(r)) continue;
    if (auto problem = find_shadow(compiled.rules, r, index)) {
      shadowed.insert(compiled.rules[r].index);
      // An optional rule may match nothing, so this is no error.
      if (compiled.rules[r].rule->is_optional) problem->severity = Severity::warning;
      problems.push_back(std::move(*problem));
    }
  }
  OverlapCheck(compiled, rules.unit, shadowed).run(problems);
  if (has_errors(compiled.problems)) return problems;
  for (Problem& note : inverse_of(rules, parameters).notes) problems.push_back(std::move(note));
  return problems;
}

}  // namespace ckpt::match
