// Finds the values of the names in an inverse. Names with a given or computed value are known.
// Names that count or measure the keys of the other side are determined from the keys at hand:
//
//   let n = count(up.{k}.w)       up.{n-1-i}.w -> up_blocks.{i}.w
//
// n is the number for which undoing the rules gives keys with count(up.{k}.w) equal to n.
#include <algorithm>
#include <cctype>
#include <set>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/inverse.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

constexpr std::int64_t most_trials = 256;

using NameSet = std::set<std::string, std::less<>>;

void add_names(std::string_view text, NameSet& names) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && is_part(text[end])) ++end;
    if (end > i) names.emplace(text.substr(i, end - i));
    i = end + 1;
  }
}

/// The words in the expressions of a rule, including variables.
NameSet names_in(const Rule& rule) {
  NameSet names;
  for (const auto* side : {&rule.from, &rule.to})
    for (const Template& key_template : *side)
      for (const TemplateItem& item : key_template) {
        if (item.kind == TemplateItem::Kind::number) add_names(item.text, names);
        if (item.kind == TemplateItem::Kind::range)
          for (const std::string& word : item.words) add_names(word, names);
      }
  for (const OpCall& op : rule.ops) {
    for (const std::string& arg : op.args) add_names(arg, names);
    for (const auto& [name, value] : op.named) add_names(value, names);
  }
  add_names(rule.value, names);
  return names;
}

bool shares(const NameSet& a, const NameSet& b) {
  return std::ranges::any_of(a, [&](const std::string& name) { return b.contains(name); });
}

class NameFinder {
 public:
  NameFinder(const RuleSet& rules, const Parameters& parameters, std::vector<Rule> inverse,
             std::span<const KeyFacts> keys)
      : forward_(rules), inverse_(std::move(inverse)), keys_(keys) {
    find_measured(parameters);
  }

  /// Declarations with values for all names that the inverse uses.
  std::vector<Declaration> run(const Names& names) {
    NameSet used;
    for (const Rule& rule : inverse_) used.merge(names_in(rule));
    for (const Declaration& declaration : forward_.declarations) {
      if (!measured_.contains(declaration.name)) {
        known_[declaration.name] = number_text(names.values.at(declaration.name));
      } else if (used.contains(declaration.name) && !keys_.empty()) {
        find(declaration);
      }
    }
    std::vector<Declaration> declarations;
    for (const Declaration& declaration : forward_.declarations) {
      if (!used.contains(declaration.name)) continue;
      const auto known = known_.find(declaration.name);
      declarations.push_back({.line = declaration.line,
                              .name = declaration.name,
                              .expression = known == known_.end() ? std::string() : known->second});
    }
    return declarations;
  }

 private:
  void find_measured(const Parameters& parameters) {
    for (const Declaration& declaration : forward_.declarations) {
      if (parameters.values.contains(declaration.name)) continue;
      NameSet used;
      add_names(declaration.expression, used);
      const bool is_measured =
          used.contains("count") || used.contains("dim") || shares(used, measured_);
      if (is_measured && declaration.kind == DeclarationKind::let)
        measured_.insert(declaration.name);
    }
  }

  void find(const Declaration& declaration) {
    // Without the rules that need the name: enough when it is measured on other keys.
    if (const auto value = value_on_other_side(declaration, plan_with()))
      if (!declaration.expression.starts_with("count(")) {
        known_[declaration.name] = *value;
        return;
      }
    for (std::int64_t trial = 0; trial < most_trials; ++trial) {
      known_[declaration.name] = concat(trial);
      const Plan plan = plan_with();
      // A number below 0 in a key means that the trial is too small.
      const bool is_valid = std::ranges::none_of(
          plan.problems, [](const Problem& problem) { return problem.code == "E06"; });
      if (is_valid && value_on_other_side(declaration, plan) == concat(trial)) return;
    }
    known_.erase(declaration.name);
  }

  /// What the inverse makes with the names known so far; rules with other names are left out.
  Plan plan_with() const {
    NameSet unknown;
    for (const std::string& name : measured_)
      if (!known_.contains(name)) unknown.insert(name);
    RuleSet rules;
    for (const auto& [name, value] : known_)
      rules.declarations.push_back({.name = name, .expression = value});
    for (const Rule& rule : inverse_)
      if (!shares(names_in(rule), unknown)) rules.rules.push_back(rule);
    return make_plan(rules, {}, keys_);
  }

  std::optional<std::string> value_on_other_side(const Declaration& declaration,
                                                 const Plan& plan) const {
    const std::vector<KeyFacts> facts = facts_of(plan, keys_);
    RuleSet measuring;
    for (const auto& [name, value] : known_)
      if (name != declaration.name)
        measuring.declarations.push_back({.name = name, .expression = value});
    measuring.declarations.push_back(declaration);
    std::vector<Problem> problems;
    const Names names = evaluate_declarations(measuring, {}, facts, {}, problems);
    if (!problems.empty()) return std::nullopt;
    return number_text(names.values.at(declaration.name));
  }

  const RuleSet& forward_;
  std::vector<Rule> inverse_;
  std::span<const KeyFacts> keys_;
  NameSet measured_;
  std::map<std::string, std::string> known_;
};

}  // namespace

Inverse inverse_of(const RuleSet& rules, const Parameters& parameters,
                   std::span<const KeyFacts> keys) {
  const CompiledRules compiled =
      compile(rules, parameters, {}, {.measured = Measured::placeholder});
  Inverse inverse;
  inverse.rules.unit = rules.unit;
  if (has_errors(compiled.problems)) {
    inverse.rules.problems = compiled.problems;
    return inverse;
  }
  inverse.rules.rules = inverse_rules(compiled, inverse.notes);
  inverse.rules.declarations =
      NameFinder(rules, parameters, inverse.rules.rules, keys).run(compiled.names);
  return inverse;
}

std::vector<Problem> check_return(const RuleSet& rules, const Parameters& parameters,
                                  std::span<const KeyFacts> keys, const Plan& plan) {
  const std::vector<KeyFacts> after = facts_of(plan, keys);
  const Inverse inverse = inverse_of(rules, parameters, after);
  const Plan back = make_plan(inverse.rules, {}, after);
  const std::vector<KeyFacts> returned = facts_of(back, after);
  std::map<std::string_view, std::size_t> place;
  for (std::size_t i = 0; i < returned.size(); ++i) place.try_emplace(returned[i].key, i);
  std::vector<Problem> problems;
  for (std::size_t key = 0; key < keys.size(); ++key) {
    const auto found = place.find(keys[key].key);
    const bool is_same = found != place.end() && returned[found->second].shape == keys[key].shape &&
                         returned[found->second].dtype == keys[key].dtype;
    const bool comes_from_itself =
        is_same && std::ranges::any_of(back.outputs[found->second].sources, [&](std::size_t via) {
          const auto& sources = plan.outputs[via].sources;
          return std::ranges::find(sources, key) != sources.end();
        });
    if (comes_from_itself) continue;
    problems.push_back({.code = "D18",
                        .severity = Severity::note,
                        .keys = {keys[key].key},
                        .message = concat("does not come back: ", keys[key].key),
                        .hint = "ckpt remap check prints the inverse, and what it loses"});
  }
  return problems;
}

}  // namespace ckpt::match
