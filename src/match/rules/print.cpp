// Prints rules as text that parse_rules() reads as the same rules.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rules.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

constexpr std::string_view special_in_templates = "\\{}*\"";
constexpr std::string_view special_in_words = "\\{}()[]\",:#";

std::string escaped(std::string_view literal, std::string_view special) {
  std::string text;
  for (const char c : literal) {
    if (special.find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

/// A word of a list; blanks at its ends are escaped as well.
std::string word_text(std::string_view word) {
  const std::string_view inner = trimmed(word);
  if (inner.empty()) return escaped(word, word);
  const auto first = static_cast<std::size_t>(inner.data() - word.data());
  const std::string_view before = word.substr(0, first);
  const std::string_view after = word.substr(first + inner.size());
  return concat(escaped(before, before), escaped(inner, special_in_words), escaped(after, after));
}

std::string braces_text(const TemplateItem& item) {
  const std::string name = item.name.empty() ? "" : concat(item.name, ":");
  if (item.kind == TemplateItem::Kind::range)
    return concat("{", name, item.words.front(), "..", item.words.back(), "}");
  std::vector<std::string> words;
  for (const std::string& word : item.words) words.push_back(word_text(word));
  return concat("{", name, join(words, ","), "}");
}

std::string item_text(const TemplateItem& item) {
  switch (item.kind) {
    case TemplateItem::Kind::literal:
      return escaped(item.text, special_in_templates);
    case TemplateItem::Kind::star:
      return "*";
    case TemplateItem::Kind::double_star:
      return "**";
    case TemplateItem::Kind::number:
      return concat("{", item.text, "}");
    case TemplateItem::Kind::list:
    case TemplateItem::Kind::range:
      return braces_text(item);
  }
  return {};
}

bool must_be_quoted(const Template& key_template) {
  if (key_template.empty()) return true;
  const TemplateItem& first = key_template.front();
  if (first.kind == TemplateItem::Kind::literal && first.text.starts_with('?')) return true;
  if (to_text(key_template) == "=") return true;  // bare, it says: the same key
  return std::ranges::any_of(key_template, [](const TemplateItem& item) {
    return item.kind == TemplateItem::Kind::literal &&
           (item.text.find_first_of(quoted_characters) != std::string::npos ||
            item.text.find("->") != std::string::npos);
  });
}

std::string quoted_if_needed(const Template& key_template) {
  const std::string text = to_text(key_template);
  return must_be_quoted(key_template) ? concat("\"", text, "\"") : text;
}

std::string list_text(const std::vector<Template>& templates) {
  std::vector<std::string> texts;
  for (const Template& key_template : templates) texts.push_back(quoted_if_needed(key_template));
  return join(texts, ", ");
}

std::string map_text(const Rule& rule) {
  std::string text = concat(list_text(rule.from), " -> ", list_text(rule.to));
  for (const OpCall& op : rule.ops) text += concat(" | ", to_text(op));
  return text;
}

}  // namespace

std::string to_text(const OpCall& op) {
  std::vector<std::string> args = op.args;
  for (const auto& [name, value] : op.named) args.push_back(concat(name, "=", value));
  return args.empty() ? op.name : concat(op.name, "(", join(args, ", "), ")");
}

std::string to_text(const Template& key_template) {
  std::string text;
  for (const TemplateItem& item : key_template) text += item_text(item);
  return text;
}

std::string to_text(const Rule& rule) {
  const std::string mark = rule.is_optional ? "? " : "";
  switch (rule.kind) {
    case RuleKind::map:
      return concat(mark, map_text(rule));
    case RuleKind::drop:
      return concat(mark, "drop ", list_text(rule.from),
                    rule.value.empty() ? "" : concat(" = ", rule.value));
    case RuleKind::create:
      return concat(mark, "new ", list_text(rule.to), " = ", rule.value,
                    rule.anchor ? concat(" for ", quoted_if_needed(*rule.anchor)) : "");
  }
  return {};
}

std::string to_text(const RuleSet& rules) {
  std::string text = "remap 1\n";
  for (const Declaration& declaration : rules.declarations) {
    text += declaration.kind == DeclarationKind::param ? "param " : "let ";
    text += declaration.name;
    if (!declaration.expression.empty()) text += concat(" = ", declaration.expression);
    text += '\n';
  }
  for (const Rule& rule : rules.rules) text += concat(to_text(rule), "\n");
  return text;
}

}  // namespace ckpt::match
