// For each choice of an open part on both sides, rules with equal rest form a group. Groups are
// merged largest first; a rule is merged once.

#include "match/align/merge.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "ckpt/base/text.hpp"
#include "match/align/lines.hpp"

namespace ckpt::match {

namespace {

/// Limits of a line with lists: its length, and how much longer than the original lines it may be.
constexpr std::size_t longest_line = 100;
constexpr std::size_t most_growth = 40;
constexpr std::size_t most_alternatives = 3;

/// Its templates have no lists yet, and its operations name no list.
bool can_be_listed(const AlignRule& rule) {
  const std::string text = concat(rule.from, rule.to);
  if (is_open(rule.grade) || text.find_first_of(",\"\\") != std::string::npos) return false;
  return std::ranges::none_of(std::array{"cat(", "split(", "stack("}, [&](std::string_view op) {
    return rule.ops.find(op) != std::string::npos;
  });
}

/// The parts between dots, except dots in braces.
std::vector<std::string> parts_of(std::string_view key_template) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : key_template) {
    if (c == '{') ++depth;
    if (c == '}') --depth;
    if (c == '.' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// The template with part `gap` left open; nothing when that part is more than one word.
std::optional<std::string> with_gap(std::vector<std::string> parts, std::size_t gap) {
  if (parts[gap].empty() || parts[gap].find_first_of("{}*") != std::string::npos)
    return std::nullopt;
  parts[gap] = "\n";
  return join(parts, ".");
}

/// Keys under which a rule can be grouped: one for each choice of an open part on both sides. Rules
/// with a common key differ only in these parts.
std::vector<std::string> gap_keys(const AlignRule& rule) {
  std::vector<std::string> keys;
  const std::vector<std::string> from = parts_of(rule.from), to = parts_of(rule.to);
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto gap_in_from = with_gap(from, i);
    if (!gap_in_from) continue;
    for (std::size_t j = 0; j < to.size(); ++j)
      if (const auto gap_in_to = with_gap(to, j))
        keys.push_back(concat(*gap_in_from, ">", *gap_in_to, "|", rule.ops, "|",
                              grade_word(rule.grade), rule.may_be_transposed ? "?" : ""));
  }
  return keys;
}

/// Groups of rules with a common gap key, largest first; indices of rules.
std::vector<std::vector<std::size_t>> groups_of(const std::vector<AlignRule>& rules) {
  std::map<std::string, std::vector<std::size_t>> by_key;
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (can_be_listed(rules[i]))
      for (const std::string& key : gap_keys(rules[i])) by_key[key].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [key, members] : by_key)
    if (members.size() > 1) groups.push_back(std::move(members));
  std::ranges::stable_sort(groups, std::ranges::greater{},
                           [](const std::vector<std::size_t>& group) { return group.size(); });
  return groups;
}

/// The rules joined to one; nothing when the line would be too long to read.
std::optional<AlignRule> find_listed(const std::vector<AlignRule>& rules,
                                     const std::vector<std::size_t>& group) {
  std::vector<std::string> from, to;
  std::size_t limit = longest_line;
  for (const std::size_t i : group) {
    limit = std::max(limit, rules[i].text().size() + most_growth);
    from.push_back(rules[i].from);
    to.push_back(rules[i].to);
  }
  const auto list_from = braced(from, ""), list_to = braced(to, "");
  if (!list_from || !list_to) return std::nullopt;
  AlignRule listed = rules[group.front()];
  listed.from = *list_from;
  listed.to = *list_to;
  if (listed.text().size() > limit) return std::nullopt;
  for (const std::size_t i : group) {
    if (i == group.front()) continue;
    listed.pairs.insert(listed.pairs.end(), rules[i].pairs.begin(), rules[i].pairs.end());
    for (const std::string& other : rules[i].alternatives)
      if (listed.alternatives.size() < most_alternatives &&
          std::ranges::find(listed.alternatives, other) == listed.alternatives.end())
        listed.alternatives.push_back(other);
  }
  std::ranges::sort(listed.pairs);
  return listed;
}

}  // namespace

std::vector<AlignRule> merge_rules(std::vector<AlignRule> rules) {
  std::vector<bool> is_merged(rules.size());
  std::vector<AlignRule> made;
  for (std::vector<std::size_t>& group : groups_of(rules)) {
    std::erase_if(group, [&](std::size_t i) { return is_merged[i]; });
    if (group.size() < 2) continue;
    std::optional<AlignRule> listed = find_listed(rules, group);
    if (!listed) continue;
    for (const std::size_t i : group) is_merged[i] = true;
    made.push_back(std::move(*listed));
  }
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (!is_merged[i]) made.push_back(std::move(rules[i]));
  std::ranges::sort(made, {}, [](const AlignRule& rule) { return rule.pairs.front(); });
  return made;
}

}  // namespace ckpt::match
