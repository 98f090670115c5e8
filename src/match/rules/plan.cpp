// Makes a plan in three steps:
//   1. find the rule that takes each key (RuleIndex), and report keys without a rule;
//   2. collect the keys of each rule into groups (groups.cpp) and run its operations on them;
//   3. check the outputs against each other (a name made twice, a tie) and sort them.

#include "ckpt/match/rule_plan.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/groups.hpp"
#include "match/rules/match.hpp"
#include "match/rules/shadow.hpp"
#include "match/rules/steps.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

constexpr std::size_t shown_keys = 8;
constexpr std::size_t at_the_end = std::numeric_limits<std::size_t>::max();

class Planner {
 public:
  Planner(const CompiledRules& compiled, std::span<const KeyFacts> keys)
      : compiled_(compiled), keys_(keys), index_(compiled.rules), steps_(plan_.steps, keys) {
    plan_.problems = compiled.problems;
  }

  Plan run() {
    for (std::size_t key = 0; key < keys_.size(); ++key)
      source_steps_.push_back(steps_.source(key));
    match_keys();
    for (std::size_t r = 0; r < compiled_.rules.size(); ++r) {
      const CompiledRule& rule = compiled_.rules[r];
      try {
        run_rule(rule, hits_[r]);
      } catch (const RuleError& error) {
        plan_.problems.push_back(error.problem_at(rule.place));
      }
    }
    sort_outputs();
    return std::move(plan_);
  }

 private:
  void match_keys() {
    hits_.resize(compiled_.rules.size());
    std::vector<std::string> unmatched;
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      try {
        auto taken = index_.find(keys_[key].key);
        if (taken) {
          hits_[taken->rule].push_back({key, taken->key_template, std::move(taken->bindings)});
        } else {
          unmatched.push_back(keys_[key].key);
        }
      } catch (RuleError& error) {
        error.keys = {keys_[key].key};
        plan_.problems.push_back(error.problem_at(""));
      }
    }
    if (!unmatched.empty()) report_unmatched(std::move(unmatched));
  }

  void report_unmatched(std::vector<std::string> unmatched) {
    std::vector<std::string> shown(
        unmatched.begin(),
        unmatched.begin() + static_cast<std::ptrdiff_t>(std::min(unmatched.size(), shown_keys)));
    const std::size_t more = unmatched.size() - shown.size();
    std::string hint = nearest_rule(unmatched.front());
    if (!hint.empty()) hint += "; ";
    hint += "a last rule `keep **` passes the rest on, `drop KEY` leaves out";
    plan_.problems.push_back(
        {.code = "D11",
         .keys = std::move(unmatched),
         .message = concat("no rule for: ", join(shown, ", "),
                           more > 0 ? concat(" and ", more, " more") : std::string()),
         .hint = std::move(hint)});
  }

  /// The rule whose beginning is most similar to `key`.
  std::string nearest_rule(std::string_view key) const {
    std::size_t longest = 2;
    std::string nearest;
    for (const CompiledRule& rule : compiled_.rules)
      for (std::size_t t = 0; t < rule.from.size(); ++t) {
        const CompiledItem& first = rule.from[t].front();
        if (first.kind != TemplateItem::Kind::literal) continue;
        const auto common = static_cast<std::size_t>(std::ranges::mismatch(first.text, key).in1 -
                                                     first.text.begin());
        if (common <= longest) continue;
        longest = common;
        nearest = concat("the nearest is ", rule.place, ": ", to_text(rule.rule->from[t]));
      }
    return nearest;
  }

  void run_rule(const CompiledRule& rule, const std::vector<Hit>& hits) {
    if (rule.rule->kind == RuleKind::create) return create(rule);
    if (hits.empty() && !rule.rule->is_optional) report_unused(rule);
    if (rule.rule->kind == RuleKind::drop) {
      for (const Hit& hit : hits) plan_.dropped.push_back(hit.key);
    } else if (rule.fan_in.empty() && rule.fan_out.empty() && rule.ops.empty()) {
      for (const Hit& hit : hits)
        put(rule, render(template_for(rule, hit.key_template), hit.bindings, rule.variables),
            source_steps_[hit.key], {hit.key});
    } else {
      run_groups(rule, hits);
    }
  }

  void report_unused(const CompiledRule& rule) {
    const auto place = static_cast<std::size_t>(&rule - compiled_.rules.data());
    if (auto shadow = find_shadow(compiled_.rules, place, index_))
      return plan_.problems.push_back(std::move(*shadow));
    if (auto taken = find_taken(rule)) return plan_.problems.push_back(std::move(*taken));
    plan_.problems.push_back(
        {.code = "D14",
         .place = rule.place,
         .message = concat("matches no key: ", to_text(*rule.rule)),
         .hint = concat(hint_of_keys_below(rule), "a rule that may match nothing begins with ?")});
  }

  /// A pattern `fc` also matches everything below fc, a rule matches only that key: a frequent
  /// mistake.
  std::string hint_of_keys_below(const CompiledRule& rule) const {
    for (const Template& from : rule.rule->from) {
      const Template dot{{.kind = TemplateItem::Kind::literal, .text = "."}};
      const Template below = joined(from, dot);
      if (has_keys(joined(below, {{.kind = TemplateItem::Kind::star}})))
        return concat("did you mean ", to_text(below), "*? A rule names whole keys; ");
      if (has_keys(joined(below, {{.kind = TemplateItem::Kind::double_star}})))
        return concat("did you mean ", to_text(below), "**? A rule names whole keys; ");
    }
    return {};
  }

  bool has_keys(const Template& key_template) const {
    std::vector<Variable> variables;
    const TemplateMatcher matcher(compile_template(key_template, compiled_.names, variables));
    return std::ranges::any_of(
        keys_, [&](const KeyFacts& facts) { return matcher.find_captures(facts.key).has_value(); });
  }

  /// D14 for a rule that would match a key if an earlier rule did not take it.
  std::optional<Problem> find_taken(const CompiledRule& rule) const {
    for (const CompiledTemplate& from : rule.from) {
      const TemplateMatcher matcher(from);
      for (const KeyFacts& facts : keys_) {
        const auto captures = matcher.find_captures(facts.key);
        if (!captures || !solve(from, *captures, rule.variables)) continue;
        const std::string& taker = compiled_.rules[index_.find(facts.key)->rule].place;
        return Problem{
            .code = "D14",
            .place = rule.place,
            .keys = {facts.key},
            .message = concat(to_text(*rule.rule), " matches only keys that are taken: ",
                              quote(facts.key), " by ", taker),
            .hint = concat("the first rule that matches takes a key: put this one before ", taker,
                           ", or begin it with ? where it may match nothing")};
      }
    }
    return std::nullopt;
  }

  static const CompiledTemplate& template_for(const CompiledRule& rule, std::size_t place) {
    return rule.to[rule.pairs_keys ? place : 0];
  }

  void run_groups(const CompiledRule& rule, const std::vector<Hit>& hits) {
    const std::vector<Group> groups = make_groups(rule, hits, keys_);
    warn_of_unequal_groups(rule, groups);
    for (const Group& group : groups) {
      const Bundle bundle = run_ops_of(rule, group);
      AxisCounter counter(bundle.axes);
      for (const StepId part : bundle.parts) {
        put_part(rule, group, bundle, counter, part);
        counter.advance();
      }
    }
  }

  Bundle run_ops_of(const CompiledRule& rule, const Group& group) {
    Bundle bundle{.axes = group.axes};
    for (const std::size_t key : group.keys) bundle.parts.push_back(source_steps_[key]);
    try {
      return run_ops(rule, std::move(bundle), steps_, [&] {
        const std::size_t more = group.keys.size() - 1;
        return concat(quote(keys_[group.keys.front()].key), " ",
                      shape_text(keys_[group.keys.front()].shape),
                      more > 0 ? concat(" and ", more, " more") : std::string());
      });
    } catch (RuleError& error) {
      for (const std::size_t key : group.keys) error.keys.push_back(keys_[key].key);
      throw;
    }
  }

  void put_part(const CompiledRule& rule, const Group& group, const Bundle& bundle,
                const AxisCounter& counter, StepId part) {
    Bindings bindings = group.shared;
    std::size_t place = rule.pairs_keys ? group.key_template : 0;
    for (std::size_t i = 0; i < bundle.axes.size(); ++i) {
      const VariableId id = bundle.axes[i].variable;
      if (rule.variables[id].kind == VariableKind::key_list) {
        place = static_cast<std::size_t>(counter.value(i));
      } else {
        bindings[id] = {.is_bound = true, .number = counter.value(i)};
      }
    }
    put(rule, render(rule.to[place], bindings, rule.variables), part, group.keys);
  }

  void put(const CompiledRule& rule, std::string name, StepId step,
           std::vector<std::size_t> sources, std::size_t place = at_the_end) {
    const auto [known, is_new] = output_of_.try_emplace(name, plan_.outputs.size());
    if (!is_new) throw_two_sources(name, plan_.outputs[known->second], sources, rule);
    if (!sources.empty()) place = *std::ranges::min_element(sources);
    places_.push_back(place);
    plan_.outputs.push_back({std::move(name), step, std::move(sources), rule.index});
  }

  std::string sources_text(const std::vector<std::size_t>& sources) const {
    return sources.empty()
               ? "a new tensor"
               : concat(quote(keys_[sources.front()].key), sources.size() > 1 ? " ..." : "");
  }

  [[noreturn]] void throw_two_sources(const std::string& name, const PlannedOutput& first,
                                      const std::vector<std::size_t>& sources,
                                      const CompiledRule& rule) const {
    std::string place;
    for (const CompiledRule& other : compiled_.rules)
      if (other.index == first.rule && other.index != rule.index)
        place = concat(" (", other.place, ")");
    RuleError error("D12",
                    concat("two sources for ", quote(name), ": ", sources_text(first.sources),
                           place, " and ", sources_text(sources)),
                    "drop one of them, or join them in one rule with cat, stack or same");
    for (const std::size_t key : first.sources) error.keys.push_back(keys_[key].key);
    for (const std::size_t key : sources) error.keys.push_back(keys_[key].key);
    throw RuleError(error);
  }

  void warn_of_unequal_groups(const CompiledRule& rule, const std::vector<Group>& groups) {
    for (std::size_t i = 0; i < rule.fan_in.size(); ++i) {
      const Variable& variable = rule.variables[rule.fan_in[i]];
      if (variable.word_count > 0 || !variable.range.empty()) continue;
      const auto size = [&](const Group& group) { return group.axes[i].values.size(); };
      for (const Group& group : groups) {
        if (size(group) == size(groups.front())) continue;
        plan_.problems.push_back(
            {.code = "D16",
             .severity = Severity::warning,
             .place = rule.place,
             .keys = {keys_[groups.front().keys.front()].key, keys_[group.keys.front()].key},
             .message = concat("group sizes differ: ", size(groups.front()), " with ",
                               quote(keys_[groups.front().keys.front()].key), ", ", size(group),
                               " with ", quote(keys_[group.keys.front()].key)),
             .hint = concat("if each must have as many, give a range: {", variable.name, ":0..",
                            size(groups.front()) - 1, "}")});
        break;
      }
    }
  }

  void create(const CompiledRule& rule) {
    if (!rule.anchor) return create_for(rule, Bindings(rule.variables.size()), at_the_end);
    const TemplateMatcher matcher(*rule.anchor);
    bool has_matched = false;
    for (std::size_t key = 0; key < keys_.size(); ++key) {
      const auto captures = matcher.find_captures(keys_[key].key);
      if (!captures) continue;
      const auto bindings = solve(*rule.anchor, *captures, rule.variables);
      if (!bindings) continue;
      has_matched = true;
      create_for(rule, *bindings, key);
    }
    if (!has_matched && !rule.rule->is_optional) report_unused(rule);
  }

  void create_for(const CompiledRule& rule, Bindings bindings, std::size_t place) {
    std::vector<Axis> axes;
    for (const VariableId id : rule.fan_out) {
      const Variable& variable = rule.variables[id];
      Axis axis{id, variable.range};
      if (axis.values.empty())
        for (std::size_t i = 0; i < variable.word_count; ++i)
          axis.values.push_back(static_cast<std::int64_t>(i));
      axes.push_back(std::move(axis));
    }
    AxisCounter counter(axes);
    do {
      for (std::size_t i = 0; i < axes.size(); ++i)
        bindings[axes[i].variable] = {.is_bound = true, .number = counter.value(i)};
      for (const CompiledTemplate& to : rule.to)
        put(rule, render(to, bindings, rule.variables), steps_.created(*rule.value), {}, place);
    } while (counter.advance());
  }

  void sort_outputs() {
    std::vector<std::size_t> order(plan_.outputs.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    // A tensor created for a key comes after the tensors made from that key.
    const auto rank = [&](std::size_t i) {
      return std::pair(places_[i], plan_.outputs[i].sources.empty());
    };
    std::ranges::stable_sort(order, {}, rank);
    std::vector<PlannedOutput> sorted;
    sorted.reserve(order.size());
    for (const std::size_t i : order) sorted.push_back(std::move(plan_.outputs[i]));
    plan_.outputs = std::move(sorted);
    std::ranges::sort(plan_.dropped);
  }

  const CompiledRules& compiled_;
  std::span<const KeyFacts> keys_;
  RuleIndex index_;
  Plan plan_;
  StepBuilder steps_;
  std::vector<StepId> source_steps_;
  std::vector<std::vector<Hit>> hits_;
  std::unordered_map<std::string, std::size_t> output_of_;
  std::vector<std::size_t> places_;  // of outputs, before sorting
};

}  // namespace

Plan make_plan(const RuleSet& rules, const Parameters& parameters, std::span<const KeyFacts> keys) {
  const CompiledRules compiled = compile(rules, parameters, keys);
  if (has_errors(compiled.problems)) return {.problems = compiled.problems};
  return Planner(compiled, keys).run();
}

std::vector<KeyFacts> facts_of(const Plan& plan, std::span<const KeyFacts> keys) {
  std::vector<KeyFacts> facts;
  facts.reserve(plan.outputs.size());
  for (const PlannedOutput& output : plan.outputs) {
    const Step& step = plan.steps[output.step];
    const bool is_fixed = step.kind == StepKind::source;
    facts.push_back({output.name, step.shape, step.dtype,
                     is_fixed ? keys[step.source].obstacle : std::string()});
  }
  return facts;
}

}  // namespace ckpt::match
