// Writes the rule file of `ckpt match --rules`.
#include <algorithm>
#include <map>

#include "ckpt/base/text.hpp"
#include "ckpt/match/align_rules.hpp"
#include "match/align/forms.hpp"
#include "match/align/lines.hpp"

namespace ckpt::match {

namespace {

/// A key inside a comment; characters that would end the line are escaped.
std::string comment_text(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return out;
}

std::string question(const AlignRule& rule) {
  std::string line = concat("#? ", grade_word(rule.grade));
  if (!rule.alternatives.empty())
    line += concat(" (also fits ", join(rule.alternatives, ", "), ")");
  return comment_text(line) + "\n";
}

std::string drop_lines(std::string_view verb, std::span<const std::size_t> keys,
                       std::span<const AlignTensor> a) {
  std::string lines;
  for (const KeyFamily& family : make_key_families(keys, a))
    lines += concat(verb, " ", family.text, "\n");
  return lines;
}

}  // namespace

std::vector<KeyFamily> make_key_families(std::span<const std::size_t> keys,
                                         std::span<const AlignTensor> tensors) {
  // A family consists of pairs: here each key is paired with itself.
  std::vector<PairForm> forms;
  std::vector<std::size_t> group;
  std::map<std::string, std::size_t> groups;
  for (const std::size_t key : keys) {
    const SideForm form = side_form({.keys = {key}}, tensors);
    group.push_back(groups.try_emplace(form.text(), groups.size()).first->second);
    forms.push_back({form, form});
  }
  const KeyIndex index(tensors);
  std::vector<ExactFamily> families;
  for (const Family& family : find_families(forms, group))
    for (ExactFamily& exact : make_exact(forms, family, index, 1))
      families.push_back(std::move(exact));
  std::ranges::sort(families, {},
                    [](const ExactFamily& exact) { return exact.family.members.front(); });
  std::vector<KeyFamily> named;
  for (const ExactFamily& exact : families) {
    const std::vector<std::size_t>& members = exact.family.members;
    named.push_back({quoted_template(template_texts(exact, forms[members.front()], End::a)[0]),
                     members.size()});
  }
  return named;
}

std::string rule_file_text(const Alignment& alignment, const std::vector<AlignRule>& rules,
                           std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                           OpenPairs open, const RuleSet& given) {
  std::string text = to_text(given);
  std::vector<std::size_t> undecided;
  for (const AlignRule& rule : rules) {
    if (rule.grade == Grade::given) continue;  // already in the text of the given rules
    if (rule.may_be_transposed)
      text += "#? square: shapes cannot tell whether \"| t\" belongs here, as for others\n";
    if (!is_open(rule.grade) || open == OpenPairs::as_rules) {
      if (is_open(rule.grade)) text += question(rule);
      text += concat(rule.text(), "\n");
      continue;
    }
    text += concat(question(rule), "#? ", rule.text(), "\n");
    for (const std::size_t pair : rule.pairs) {
      const std::vector<std::size_t>& keys = alignment.pairs[pair].a.keys;
      undecided.insert(undecided.end(), keys.begin(), keys.end());
    }
  }
  if (!undecided.empty())
    text += "\n# Not decided: take the marks off the lines above that are right.\n";
  text += drop_lines("? drop", undecided, a);
  if (!alignment.only_a.empty()) text += "\n# B has no place for these.\n";
  text += drop_lines("drop", alignment.only_a, a);
  if (!alignment.only_b.empty())
    text += "\n# B has these besides; `new KEY = VALUE` creates one.\n";
  for (const std::size_t key : alignment.only_b)
    text += concat("#   ", comment_text(b[key].key), "  ", model::row_of(b[key].dtype).short_name,
                   " ", shape_text(b[key].shape), "\n");
  return text;
}

}  // namespace ckpt::match
