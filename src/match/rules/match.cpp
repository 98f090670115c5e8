// All templates of a rule set form one RE2 set, which is searched once per key. The templates that
// match are tried in order until the captured texts give values for all variables.

#include "match/rules/match.hpp"

#include <algorithm>

#include <re2/re2.h>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/names/key_regex.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

constexpr std::string_view any_number = "(0|[1-9][0-9]*)";
constexpr std::size_t most_spelled_words = 64;

/// For a long range, the expression matches any number; solve() checks the range.
bool is_long_range(const CompiledItem& item) {
  return item.words.size() > most_spelled_words &&
         std::ranges::all_of(item.words, [](const std::string& word) {
           return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
         });
}

std::string words_regex(const CompiledItem& item) {
  if (is_long_range(item)) return std::string(any_number);
  std::vector<std::string> words = item.words;
  // Longest word first, so that {conv,conv_out} matches all of conv_out.
  std::ranges::stable_sort(words, std::ranges::greater{}, &std::string::size);
  std::string regex;
  for (const std::string& word : words)
    regex += concat(regex.empty() ? "(" : "|", re2::RE2::QuoteMeta(word));
  return concat(regex, ")");
}

std::string regex_of(const CompiledTemplate& key_template) {
  std::string regex = "(?s)";
  for (const CompiledItem& item : key_template) {
    switch (item.kind) {
      case Kind::literal:
        regex += re2::RE2::QuoteMeta(item.text);
        break;
      case Kind::star:
        regex += "([^./]*)";
        break;
      case Kind::double_star:
        regex += "(.*)";
        break;
      case Kind::list:
      case Kind::range:
        regex += words_regex(item);
        break;
      case Kind::number:
        regex += any_number;
        break;
    }
  }
  return regex;
}

[[noreturn]] void throw_too_large() {
  throw Error(ErrorKind::limit, "the lists of a rule are too large to be searched");
}

}  // namespace

TemplateMatcher::TemplateMatcher(const CompiledTemplate& key_template)
    : regex_(regex_of(key_template)) {
  if (!regex_.error().empty()) throw_too_large();
}

std::optional<std::vector<std::string_view>> TemplateMatcher::find_captures(
    std::string_view key) const {
  return regex_.find_groups(key);
}

struct RuleIndex::Tables {
  struct Row {
    std::size_t rule;
    std::size_t key_template;
    TemplateMatcher matcher;
  };

  explicit Tables(const std::vector<CompiledRule>& all_rules) : rules(all_rules) {}

  const std::vector<CompiledRule>& rules;
  KeyRegexSet set;
  std::vector<Row> rows;

  std::optional<Taken> take(const Row& row, std::string_view key) const {
    const auto captures = row.matcher.find_captures(key);
    if (!captures) return std::nullopt;
    const CompiledRule& rule = rules[row.rule];
    try {
      auto bindings = solve(rule.from[row.key_template], *captures, rule.variables);
      if (!bindings) return std::nullopt;
      return Taken{row.rule, row.key_template, std::move(*bindings)};
    } catch (RuleError& error) {
      error.place = rule.place;
      throw;
    }
  }
};

RuleIndex::RuleIndex(const std::vector<CompiledRule>& rules)
    : tables_(std::make_unique<Tables>(rules)) {
  for (std::size_t r = 0; r < rules.size(); ++r)
    for (std::size_t t = 0; t < rules[r].from.size(); ++t) {
      if (!tables_->set.add(regex_of(rules[r].from[t]))) throw_too_large();
      tables_->rows.push_back({r, t, TemplateMatcher(rules[r].from[t])});
    }
  if (!tables_->set.compile()) throw_too_large();
}
RuleIndex::~RuleIndex() = default;

std::optional<Taken> RuleIndex::find(std::string_view key) const {
  if (const auto places = tables_->set.find(key)) {
    for (const std::size_t place : *places)
      if (auto taken = tables_->take(tables_->rows[place], key)) return taken;
    return std::nullopt;
  }
  for (const Tables::Row& row : tables_->rows)
    if (auto taken = tables_->take(row, key)) return taken;
  return std::nullopt;
}

}  // namespace ckpt::match
