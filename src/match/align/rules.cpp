// From pairs to rules: pairs with equal templates and operations form a group, a group becomes
// families (families.hpp), a family a line (lines.hpp), and similar lines are merged (merge.hpp).

#include "ckpt/match/align_rules.hpp"

#include <algorithm>
#include <map>

#include "ckpt/base/text.hpp"
#include "match/align/forms.hpp"
#include "match/align/lines.hpp"
#include "match/align/merge.hpp"
#include "match/align/ops.hpp"

namespace ckpt::match {

namespace {

/// A family as templates, before lines that differ only in the last part are joined.
struct Line {
  std::vector<std::size_t> pairs;
  std::vector<std::string> from, to;
  std::string module_of_first;  ///< the template of its keys without the last part
  std::string last_part;        ///< the same in every template of both sides, or ""
};

/// A marker that keeps rules of different grades apart.
std::string_view mark_of(Grade grade) {
  if (grade == Grade::given) return "!";
  return is_open(grade) ? "?" : "";
}

/// The part behind the last separator, if it is the same in all templates and contains no number;
/// else "".
std::string common_last_part(const Line& line) {
  const std::string_view last = split_last_part(line.from.front()).second;
  if (last.find_first_of("{}\\*") != std::string_view::npos) return "";
  for (const auto& texts : {line.from, line.to})
    for (const std::string& text : texts)
      if (split_last_part(text).second != last || split_last_part(text).first.empty()) return "";
  return std::string(last);
}

class RuleMaker {
 public:
  RuleMaker(const Alignment& alignment, std::span<const AlignTensor> a,
            std::span<const AlignTensor> b)
      : alignment_(alignment), a_(a), b_(b), index_(a) {
    for (const AlignPair& pair : alignment.pairs)
      forms_.push_back({side_form(pair.a, a), side_form(pair.b, b)});
  }

  std::vector<AlignRule> make() {
    for (const Family& family : find_families(forms_, groups())) add_lines(family);
    std::vector<AlignRule> rules;
    for (const auto& [key, lines] : merge_groups()) add_rules(lines, rules);
    std::ranges::sort(rules, {}, [](const AlignRule& rule) { return rule.pairs.front(); });
    return rules;
  }

 private:
  const AlignPair& pair_of(const Line& line) const { return alignment_.pairs[line.pairs.front()]; }

  std::string ops_of(const AlignPair& pair, bool names_parts) const {
    return ops_text(pair, a_, b_, names_parts);
  }

  /// Pairs that can become one rule: equal templates, operations and openness.
  std::vector<std::size_t> groups() const {
    std::map<std::string, std::size_t> numbers;
    std::vector<std::size_t> groups;
    for (std::size_t i = 0; i < forms_.size(); ++i) {
      const AlignPair& pair = alignment_.pairs[i];
      const std::string key = concat(forms_[i].a.text(), '>', forms_[i].b.text(), '|',
                                     ops_of(pair, false), mark_of(pair.grade));
      groups.push_back(numbers.try_emplace(key, numbers.size()).first->second);
    }
    return groups;
  }

  void add_lines(const Family& family) {
    const AlignPair& first = alignment_.pairs[family.members.front()];
    const std::size_t expert_count = first.a.keys_per_part();
    for (const ExactFamily& exact : make_exact(forms_, family, index_, expert_count)) {
      const PairForm& form = forms_[exact.family.members.front()];
      Line line{exact.family.members,
                template_texts(exact, form, End::a),
                template_texts(exact, form, End::b),
                {},
                {}};
      line.module_of_first = split_last_part(form.a.keys.front().text()).first;
      line.last_part = common_last_part(line);
      lines_.push_back(std::move(line));
    }
  }

  /// Lines that differ only in the last part, by what they have in common.
  std::map<std::string, std::vector<const Line*>> merge_groups() const {
    std::map<std::string, std::vector<const Line*>> merged;
    for (const Line& line : lines_) {
      std::string key;
      for (const auto& texts : {line.from, line.to})
        for (const std::string& text : texts)
          key += concat(
              line.last_part.empty() ? std::string_view(text) : split_last_part(text).first, '\n');
      key += concat(line.last_part.empty() ? "" : "*", ops_of(pair_of(line), false),
                    mark_of(pair_of(line).grade));
      merged[key].push_back(&line);
    }
    return merged;
  }

  void add_rules(const std::vector<const Line*>& lines, std::vector<AlignRule>& rules) const {
    if (lines.size() == 1) return rules.push_back(rule_of(lines, ""));
    std::vector<std::string> last_parts;
    for (const Line* line : lines) last_parts.push_back(line->last_part);
    const bool can_list = std::ranges::all_of(last_parts, [](const std::string& part) {
      return part.find_first_of(", \t\":") == std::string::npos &&
             part.find("..") == std::string::npos;
    });
    std::vector<std::string> sorted = last_parts;
    std::ranges::sort(sorted);
    if (sorted == index_.last_parts_of(lines.front()->module_of_first)) {
      rules.push_back(rule_of(lines, "*"));
    } else if (can_list) {
      rules.push_back(rule_of(lines, concat("{p:", join(last_parts, ","), "}")));
    } else {
      for (const Line* line : lines) rules.push_back(rule_of({line}, ""));
    }
  }

  /// Joins the lines, with `last_part` in place of their last parts unless it is "".
  AlignRule rule_of(const std::vector<const Line*>& lines, std::string_view last_part) const {
    const Line& first = *lines.front();
    const AlignPair& pair = pair_of(first);
    AlignRule rule;
    const bool needs_name = has_two_axes(pair.a) || has_two_axes(pair.b);
    bool is_named = false;
    const auto side = [&](const std::vector<std::string>& texts) {
      std::vector<std::string> templates;
      for (const std::string& text : texts)
        templates.push_back(last_part.empty() ? text
                                              : concat(split_last_part(text).first, last_part));
      if (templates.size() == 1) return quoted_template(templates.front());
      if (const auto list = braced(templates, needs_name ? part_axis : "")) {
        is_named = needs_name;
        return quoted_template(*list);
      }
      for (std::string& text : templates) text = quoted_template(text);
      return join(templates, ", ");
    };
    rule.from = side(first.from);
    rule.to = side(first.to);
    rule.ops = ops_of(pair, is_named);
    for (const Line* line : lines) add_pairs(rule, *line);
    std::ranges::sort(rule.pairs);
    return rule;
  }

  void add_pairs(AlignRule& rule, const Line& line) const {
    for (const std::size_t i : line.pairs) {
      const AlignPair& pair = alignment_.pairs[i];
      rule.pairs.push_back(i);
      rule.grade = std::max(rule.grade, pair.grade);
      for (const std::size_t other : pair.alternatives) {
        const std::string text = make_key_template(b_[other].key).text();
        if (rule.alternatives.size() < 3 &&
            std::ranges::find(rule.alternatives, text) == rule.alternatives.end())
          rule.alternatives.push_back(text);
      }
    }
  }

  const Alignment& alignment_;
  std::span<const AlignTensor> a_, b_;
  KeyIndex index_;
  std::vector<PairForm> forms_;
  std::vector<Line> lines_;
};

bool is_square_matrix(const AlignPair& pair) {
  return pair.relation == ShapeRelation::same && pair.a.shape.size() == 2 &&
         pair.a.shape[0] == pair.a.shape[1] && pair.a.shape[0] > 1;
}

/// When weights of a model are transposed, its square weights probably are, too.
void mark_squares(const Alignment& alignment, std::vector<AlignRule>& rules) {
  const bool transposes = std::ranges::any_of(alignment.pairs, [](const AlignPair& pair) {
    return pair.relation == ShapeRelation::transposed;
  });
  if (!transposes) return;
  for (AlignRule& rule : rules)
    rule.may_be_transposed = std::ranges::any_of(
        rule.pairs, [&](std::size_t i) { return is_square_matrix(alignment.pairs[i]); });
}

}  // namespace

std::string AlignRule::text() const {
  return concat(from, " -> ", to, ops.empty() ? "" : " | ", ops);
}

std::vector<AlignRule> make_rules(const Alignment& alignment, std::span<const AlignTensor> a,
                                  std::span<const AlignTensor> b) {
  std::vector<AlignRule> rules = RuleMaker(alignment, a, b).make();
  std::erase_if(rules, [](const AlignRule& rule) { return rule.grade == Grade::given; });
  mark_squares(alignment, rules);
  return merge_rules(std::move(rules));
}

}  // namespace ckpt::match
