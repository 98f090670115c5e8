#include "ckpt/match/align_given.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_plan.hpp"

namespace ckpt::match {

namespace {

/// A last rule that matches all keys that the other rules leave, and renames them to names that no
/// rule can make.
Rule rest_rule() {
  const TemplateItem all{.kind = TemplateItem::Kind::double_star};
  const TemplateItem mark{.kind = TemplateItem::Kind::literal, .text = "\n"};
  return {.is_optional = true, .from = {{all}}, .to = {{mark, all}}};
}

std::vector<KeyFacts> facts_of_tensors(std::span<const AlignTensor> tensors) {
  std::vector<KeyFacts> facts;
  for (const AlignTensor& tensor : tensors)
    facts.push_back({.key = tensor.key, .shape = tensor.shape, .dtype = tensor.dtype});
  return facts;
}

class GivenMaker {
 public:
  GivenMaker(const RuleSet& rules, std::span<const AlignTensor> a, std::span<const AlignTensor> b)
      : rules_(rules), b_(b), rest_(rules.rules.size()), pair_of_key_(a.size()) {
    for (std::size_t key = 0; key < b.size(); ++key) place_in_b_.try_emplace(b[key].key, key);
  }

  GivenRules make(const Plan& plan, const std::vector<KeyFacts>& facts) {
    made_.problems = plan.problems;
    if (has_errors(plan.problems)) return std::move(made_);
    const std::vector<KeyFacts> outputs = facts_of(plan, facts);
    for (std::size_t i = 0; i < outputs.size(); ++i)
      if (plan.outputs[i].rule != rest_) add(plan.outputs[i], outputs[i]);
    made_.left_out_a = plan.dropped;
    add_rules();
    return std::move(made_);
  }

 private:
  void add(const PlannedOutput& output, const KeyFacts& made) {
    const auto found = place_in_b_.find(output.name);
    if (found == place_in_b_.end()) return refuse_unknown(output);
    if (made.shape != b_[found->second].shape) return refuse_shape(output, made, found->second);
    if (output.sources.empty()) {
      made_.left_out_b.push_back(found->second);
    } else {
      AlignPair& pair = made_.pairs[pair_with(output)];
      pair.b.keys.push_back(found->second);
    }
  }

  /// The pair that has these sources already, or a new one. Tensors of a rule that share a source
  /// belong to one pair with all their sources.
  std::size_t pair_with(const PlannedOutput& output) {
    std::optional<std::size_t>& known = pair_of_key_[output.sources.front()];
    if (known) return *known;
    const std::size_t pair = made_.pairs.size();
    made_.pairs.push_back({.grade = Grade::given});
    rule_of_pair_.push_back(output.rule);
    for (const std::size_t key : output.sources) {
      if (pair_of_key_[key]) continue;
      pair_of_key_[key] = pair;
      made_.pairs[pair].a.keys.push_back(key);
    }
    return pair;
  }

  void add_rules() {
    std::map<std::size_t, AlignRule> by_place;
    for (std::size_t pair = 0; pair < rule_of_pair_.size(); ++pair)
      by_place[rule_of_pair_[pair]].pairs.push_back(pair);
    for (auto& [place, rule] : by_place) {
      const Rule& written = rules_.rules[place];
      rule.from = texts(written.from);
      rule.to = texts(written.to);
      std::vector<std::string> ops;
      for (const OpCall& op : written.ops) ops.push_back(to_text(op));
      rule.ops = join(ops, " | ");
      made_.rules.push_back(std::move(rule));
    }
  }

  static std::string texts(const std::vector<Template>& templates) {
    std::vector<std::string> texts;
    for (const Template& key_template : templates) texts.push_back(to_text(key_template));
    return join(texts, ", ");
  }

  void refuse(const PlannedOutput& output, std::string message, std::string hint) {
    made_.problems.push_back({.code = "D17",
                              .place = concat(rules_.unit, " ", rules_.rules[output.rule].line),
                              .keys = {output.name},
                              .message = std::move(message),
                              .hint = std::move(hint)});
  }

  void refuse_unknown(const PlannedOutput& output) {
    std::vector<std::string> names;
    for (const AlignTensor& tensor : b_) names.push_back(tensor.key);
    refuse(output, concat(quote(output.name), " is not in B"),
           did_you_mean(find_closest(output.name, names)));
  }

  void refuse_shape(const PlannedOutput& output, const KeyFacts& made, std::size_t key) {
    refuse(output,
           concat(quote(output.name), " is ", shape_text(made.shape), ", B has ",
                  shape_text(b_[key].shape)),
           "");
  }

  const RuleSet& rules_;
  std::span<const AlignTensor> b_;
  std::size_t rest_;
  std::unordered_map<std::string_view, std::size_t> place_in_b_;
  std::vector<std::optional<std::size_t>> pair_of_key_;  // by key of A
  std::vector<std::size_t> rule_of_pair_;
  GivenRules made_;
};

}  // namespace

GivenRules apply_given(const RuleSet& rules, const Parameters& parameters,
                       std::span<const AlignTensor> a, std::span<const AlignTensor> b) {
  RuleSet with_rest = rules;
  with_rest.rules.push_back(rest_rule());
  const std::vector<KeyFacts> facts = facts_of_tensors(a);
  return GivenMaker(rules, a, b).make(make_plan(with_rest, parameters, facts), facts);
}

void add_given(std::vector<AlignRule>& rules, const GivenRules& given, const Alignment& alignment) {
  std::unordered_map<std::size_t, std::size_t> place_of;  // index in the alignment, by first key of
                                                          // A
  for (std::size_t i = 0; i < alignment.pairs.size(); ++i)
    place_of.try_emplace(alignment.pairs[i].a.keys.front(), i);
  for (AlignRule rule : given.rules) {
    for (std::size_t& pair : rule.pairs) pair = place_of.at(given.pairs[pair].a.keys.front());
    std::ranges::sort(rule.pairs);
    rules.push_back(std::move(rule));
  }
  std::ranges::sort(rules, {}, [](const AlignRule& rule) { return rule.pairs.front(); });
}

}  // namespace ckpt::match
