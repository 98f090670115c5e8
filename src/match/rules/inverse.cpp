// Computes the inverse of rules: both sides are exchanged and the operations undone in reverse
// order. A created key becomes a drop; a drop with a value becomes a created key.
#include <algorithm>
#include <array>
#include <set>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rule_checks.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/inverse.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> opposites{{
    {"cat", "split"},
    {"split", "cat"},
    {"stack", "unstack"},
    {"unstack", "stack"},
    {"same", "copy"},
    {"copy", "same"},
    {"t", "t"},
    {"rope_half", "rope_pair"},
    {"rope_pair", "rope_half"},
    {"squeeze", "unsqueeze"},
    {"unsqueeze", "squeeze"},
}};

std::vector<std::int64_t> inverse_order(const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return inverse;
}

std::vector<std::string> number_texts(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> texts;
  for (const std::int64_t number : numbers) texts.push_back(concat(number));
  return texts;
}

class RuleInverter {
 public:
  RuleInverter(const CompiledRules& compiled, std::vector<Rule>& rules, std::vector<Problem>& notes)
      : compiled_(compiled), rules_(rules), notes_(notes) {}

  void invert(const CompiledRule& rule) {
    switch (rule.rule->kind) {
      case RuleKind::drop:
        return invert_drop(rule);
      case RuleKind::create: {
        Rule dropped{.kind = RuleKind::drop, .line = rule.rule->line, .is_optional = true};
        dropped.from = rule.rule->to;
        rules_.push_back(std::move(dropped));
        return;
      }
      case RuleKind::map:
        return invert_map(rule);
    }
  }

 private:
  void note(const CompiledRule& rule, std::string message, std::string hint = {}) {
    notes_.push_back({.code = "N10",
                      .severity = Severity::note,
                      .place = rule.place,
                      .message = std::move(message),
                      .hint = std::move(hint)});
  }

  void invert_drop(const CompiledRule& rule) {
    std::vector<std::string> lost;
    for (const Template& key_template : rule.rule->from) {
      const bool has_variables = std::ranges::any_of(key_template, [](const TemplateItem& item) {
        return item.kind == Kind::number || item.kind == Kind::star ||
               item.kind == Kind::double_star;
      });
      const auto anchor = has_variables ? find_anchor(key_template) : std::optional<Template>();
      if (rule.rule->value.empty() || (has_variables && !anchor)) {
        lost.push_back(to_text(key_template));
        continue;
      }
      Rule created{
          .kind = RuleKind::create, .line = rule.rule->line, .is_optional = rule.rule->is_optional};
      created.to = {key_template};
      created.value = rule.rule->value;
      created.anchor = anchor;
      rules_.push_back(std::move(created));
    }
    if (!lost.empty())
      note(rule, concat("lost: ", join(lost, ", ")), "a value brings it back: drop KEY = zeros(8)");
  }

  /// A template whose keys exist once for each value of the numbers in `key_template`.
  std::optional<Template> find_anchor(const Template& key_template) const {
    std::set<std::string> wanted;
    for (const TemplateItem& item : key_template) {
      if (item.kind == Kind::star || item.kind == Kind::double_star) return std::nullopt;
      if (item.kind != Kind::number) continue;
      if (!is_identifier(item.text)) return std::nullopt;
      wanted.insert(item.text);
    }
    for (const CompiledRule& rule : compiled_.rules) {
      if (rule.rule->kind != RuleKind::map || !rule.fan_in.empty()) continue;
      for (const Template& candidate : rule.rule->to)
        if (auto anchor = as_anchor(candidate, wanted)) return anchor;
    }
    return std::nullopt;
  }

  static std::optional<Template> as_anchor(Template candidate,
                                           const std::set<std::string>& wanted) {
    std::set<std::string> found;
    for (TemplateItem& item : candidate) {
      if (item.kind == Kind::list) {
        item = {.kind = Kind::literal, .text = item.words.front()};
      } else if (item.kind == Kind::number && is_identifier(item.text)) {
        found.insert(item.text);
      } else if (item.kind != Kind::literal) {
        return std::nullopt;
      }
    }
    if (found != wanted) return std::nullopt;
    return joined({}, candidate);
  }

  void invert_map(const CompiledRule& rule) {
    if (!tells_numbers(rule)) return note(rule, "index not recoverable from the target key");
    Rule inverse{.line = rule.rule->line, .is_optional = rule.rule->is_optional};
    inverse.from = rule.rule->to;
    inverse.to = rule.rule->from;
    for (std::size_t i = rule.ops.size(); i-- > 0;) {
      if (is_of_unknown_number(rule, rule.ops[i])) return;
      auto op = inverse_op(rule, rule.ops[i], rule.rule->ops[i]);
      if (!op) return note(rule, concat(rule.ops[i].name, " has no inverse"));
      inverse.ops.push_back(std::move(*op));
    }
    rules_.push_back(std::move(inverse));
  }

  /// A split must know the number of parts; an open number on the left does not tell it.
  bool is_of_unknown_number(const CompiledRule& rule, const CompiledOp& op) {
    if (op.kind != OpKind::cat && op.kind != OpKind::same) return false;
    const Variable& axis = rule.variables[op.axis];
    if (!rule.is_fan_in(op.axis) || axis.word_count > 0) return false;
    note(rule,
         concat(op.name, ": the number of ", variable_text(axis), " is not known from the result"),
         concat("give a range: {", axis.name, ":0..n-1}"));
    return true;
  }

  std::optional<OpCall> inverse_op(const CompiledRule& rule, const CompiledOp& op,
                                   const OpCall& call) {
    const auto opposite =
        std::ranges::find(opposites, call.name, &decltype(opposites)::value_type::first);
    if (opposite != opposites.end()) {
      OpCall inverse{std::string(opposite->second), call.args, call.named};
      if (is_split(op.kind)) inverse.named.clear();
      return inverse;
    }
    switch (op.kind) {
      case OpKind::permute:
        return OpCall{"permute", number_texts(inverse_order(op.numbers))};
      case OpKind::reorder:
        return OpCall{
            "reorder",
            {call.args[0], concat("[", join(number_texts(inverse_order(op.sizes)), ", "), "]")}};
      case OpKind::roll:
        return OpCall{"roll", {call.args[0], concat("-(", call.args[1], ")")}};
      case OpKind::rearrange:
        return swapped_pattern(call);
      case OpKind::pad:
      case OpKind::crop:
        return inverse_resize(rule, op, call);
      case OpKind::add:
        note(rule, "add: rounding may not come back");
        return OpCall{"add", {concat("-(", call.args[0], ")")}};
      case OpKind::multiply:
        if (op.number == 0) return std::nullopt;
        note(rule, "mul: rounding may not come back");
        return OpCall{"mul", {concat("1/(", call.args[0], ")")}};
      default:
        return std::nullopt;
    }
  }

  static OpCall swapped_pattern(const OpCall& call) {
    const std::string_view pattern =
        std::string_view(call.args[0]).substr(1, call.args[0].size() - 2);
    const std::size_t arrow = pattern.find("->");
    return {"rearrange",
            {concat("\"", trimmed(pattern.substr(arrow + 2)), " -> ",
                    trimmed(pattern.substr(0, arrow)), "\"")},
            call.named};
  }

  OpCall inverse_resize(const CompiledRule& rule, const CompiledOp& op, const OpCall& call) {
    if (op.kind == OpKind::crop) note(rule, "cropped rows are lost");
    const std::size_t to = call.args[1].find(" to ");
    const std::string_view sizes = call.args[1];
    return {op.kind == OpKind::pad ? "crop" : "pad",
            {call.args[0],
             concat(trimmed(sizes.substr(to + 4)), " to ", trimmed(sizes.substr(0, to)))}};
  }

  /// Whether every number of the rule can be computed from a key of the right side.
  static bool tells_numbers(const CompiledRule& rule) {
    std::vector<bool> is_known(rule.variables.size());
    for (const CompiledTemplate& key_template : rule.to)
      for (const CompiledItem& item : key_template)
        if (item.kind == Kind::list) is_known[item.variable] = true;
    for (const CompiledTemplate& key_template : rule.to)
      for (const CompiledItem& item : key_template)
        if (item.kind == Kind::number && !tells_apart(rule, item, is_known)) return false;
    return true;
  }

  /// Whether at most one variable is free, and the ranges of the others do not overlap between its
  /// multiples.
  static bool tells_apart(const CompiledRule& rule, const CompiledItem& item,
                          std::vector<bool>& is_known) {
    std::vector<std::pair<VariableId, std::int64_t>> ranged;
    std::optional<std::int64_t> step;
    for (const auto& [id, coefficient] : item.coefficients) {
      if (is_known[id]) continue;
      if (!rule.variables[id].range.empty()) {
        ranged.emplace_back(id, coefficient);
      } else if (step) {
        return false;
      } else {
        step = coefficient < 0 ? -coefficient : coefficient;
      }
    }
    std::vector<std::int64_t> images{0};
    for (const auto& [id, coefficient] : ranged) {
      if (rule.variables[id].range.size() > most_images / images.size()) return false;
      std::vector<std::int64_t> next;
      for (const std::int64_t image : images)
        for (const std::int64_t value : rule.variables[id].range)
          next.push_back(image + coefficient * value);
      images = std::move(next);
    }
    if (step)
      for (std::int64_t& image : images) image = ((image % *step) + *step) % *step;
    std::ranges::sort(images);
    if (std::ranges::adjacent_find(images) != images.end()) return false;
    for (const auto& [id, coefficient] : item.coefficients) is_known[id] = true;
    return true;
  }

  static constexpr std::size_t most_images = 1 << 16;

  const CompiledRules& compiled_;
  std::vector<Rule>& rules_;
  std::vector<Problem>& notes_;
};

}  // namespace

std::vector<Rule> inverse_rules(const CompiledRules& compiled, std::vector<Problem>& notes) {
  std::vector<Rule> rules;
  RuleInverter inverter(compiled, rules, notes);
  for (const CompiledRule& rule : compiled.rules) inverter.invert(rule);
  return rules;
}

}  // namespace ckpt::match
