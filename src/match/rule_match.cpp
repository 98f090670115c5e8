#include "match/rule_match.hpp"

#include <algorithm>

#include <re2/re2.h>
#include <re2/set.h>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/rule_error.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

/// Keys are bytes: what is not UTF-8 must still be matched.
RE2::Options key_options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{64} << 20);
  return options;
}

constexpr std::string_view any_number = "(0|[1-9][0-9]*)";
constexpr std::size_t most_spelled_words = 64;

/// Of a long range any number is found; solve() knows which it holds.
bool is_long_range(const CompiledItem& item) {
  return item.words.size() > most_spelled_words &&
         std::ranges::all_of(item.words, [](const std::string& word) {
           return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
         });
}

std::string words_regex(const CompiledItem& item) {
  if (is_long_range(item)) return std::string(any_number);
  std::vector<std::string> words = item.words;
  // The longest word first, so that {conv,conv_out} takes all of conv_out.
  std::ranges::stable_sort(words, std::ranges::greater{}, &std::string::size);
  std::string regex;
  for (const std::string& word : words)
    regex += concat(regex.empty() ? "(" : "|", RE2::QuoteMeta(word));
  return concat(regex, ")");
}

std::string regex_of(const CompiledTemplate& key_template) {
  std::string regex;
  for (const CompiledItem& item : key_template) {
    switch (item.kind) {
      case Kind::literal:
        regex += RE2::QuoteMeta(item.text);
        break;
      case Kind::star:
        regex += "([^./]+)";
        break;
      case Kind::double_star:
        regex += "(.+)";
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

struct TemplateMatcher::Regex {
  explicit Regex(const std::string& pattern) : re2(pattern, key_options()) {}
  RE2 re2;
};

TemplateMatcher::TemplateMatcher(const CompiledTemplate& key_template)
    : regex_(std::make_unique<Regex>(regex_of(key_template))) {
  if (!regex_->re2.ok()) throw_too_large();
}
TemplateMatcher::~TemplateMatcher() = default;
TemplateMatcher::TemplateMatcher(TemplateMatcher&&) noexcept = default;

std::optional<std::vector<std::string_view>> TemplateMatcher::find_captures(
    std::string_view key) const {
  const int groups = regex_->re2.NumberOfCapturingGroups();
  std::vector<re2::StringPiece> pieces(static_cast<std::size_t>(groups) + 1);
  const re2::StringPiece text(key.data(), key.size());
  if (!regex_->re2.Match(text, 0, key.size(), RE2::ANCHOR_BOTH, pieces.data(), groups + 1))
    return std::nullopt;
  std::vector<std::string_view> captures;
  captures.reserve(pieces.size() - 1);
  for (std::size_t i = 1; i < pieces.size(); ++i)
    captures.emplace_back(pieces[i].data(), pieces[i].size());
  return captures;
}

struct RuleIndex::Tables {
  struct Row {
    std::size_t rule;
    std::size_t key_template;
    TemplateMatcher matcher;
  };

  explicit Tables(const std::vector<CompiledRule>& all_rules)
      : rules(all_rules), set(key_options(), RE2::ANCHOR_BOTH) {}

  const std::vector<CompiledRule>& rules;
  RE2::Set set;
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
      if (tables_->set.Add(regex_of(rules[r].from[t]), nullptr) < 0) throw_too_large();
      tables_->rows.push_back({r, t, TemplateMatcher(rules[r].from[t])});
    }
  if (!tables_->set.Compile()) throw_too_large();
}
RuleIndex::~RuleIndex() = default;

std::optional<Taken> RuleIndex::find(std::string_view key) const {
  std::vector<int> rows;
  RE2::Set::ErrorInfo failure{};
  const re2::StringPiece text(key.data(), key.size());
  if (!tables_->set.Match(text, &rows, &failure)) {
    if (failure.kind == RE2::Set::kNoError) return std::nullopt;
    // Too many states for one automaton: one after the other.
    for (std::size_t i = 0; i < tables_->rows.size(); ++i) rows.push_back(static_cast<int>(i));
  }
  std::ranges::sort(rows);
  for (const int row : rows)
    if (auto taken = tables_->take(tables_->rows[static_cast<std::size_t>(row)], key)) return taken;
  return std::nullopt;
}

}  // namespace ckpt::match
