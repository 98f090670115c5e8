// Parses the text form of rules, line by line. A faulty line becomes a problem and parsing
// continues, so that all faults are reported at once.
#include <array>
#include <cctype>
#include <utility>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/match/rules.hpp"
#include "match/rules/error.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

/// The words that a line may start with, and what must follow them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> usage_of_words{{
    {"drop", "drop KEY"},
    {"new", "new KEY = VALUE"},
    {"keep", "keep KEY"},
    {"param", "param NAME or param NAME = VALUE"},
    {"let", "let NAME = VALUE"},
    {"remap", "remap 1"},
}};

/// The rest of `line` behind `word` and a blank; nothing when it starts otherwise.
std::optional<std::string_view> behind_word(std::string_view line, std::string_view word) {
  if (!line.starts_with(word)) return std::nullopt;
  const std::string_view rest = line.substr(word.size());
  if (rest.empty() || !std::isspace(static_cast<unsigned char>(rest.front()))) return std::nullopt;
  const std::string_view text = trimmed(rest);
  // A key may be named "drop" or "new".
  return text.starts_with("->") ? std::nullopt : std::optional(text);
}

/// The position of the blank in front of " WORD " outside of quotes and brackets.
std::size_t find_word(std::string_view text, std::string_view word) {
  const std::string spaced = concat(" ", word, " ");
  std::string blanked(text);
  for (char& c : blanked)
    if (c == '\t') c = ' ';
  return find_outside(blanked, spaced);
}

class Parser {
 public:
  explicit Parser(std::string_view unit) { rules_.unit = unit; }

  RuleSet parse(std::string_view text) {
    for (const std::string_view raw : split(text, '\n')) {
      ++line_;
      try {
        if (!is_utf8(raw)) throw RuleError("E01", concat(quote(raw), " is no UTF-8"));
        read_line(trimmed(without_comment(raw)));
      } catch (const RuleError& error) {
        rules_.problems.push_back(error.problem_at(concat(rules_.unit, " ", line_)));
      }
    }
    return std::move(rules_);
  }

 private:
  void read_line(std::string_view line) {
    if (line.empty()) return;
    if (const auto version = behind_word(line, "remap")) return read_version(*version);
    if (const auto rest = behind_word(line, "param"))
      return read_declaration(DeclarationKind::param, *rest);
    if (const auto rest = behind_word(line, "let"))
      return read_declaration(DeclarationKind::let, *rest);
    if (line.front() == '[') return read_header(line);
    read_rule(line);
  }

  static void read_version(std::string_view version) {
    if (version != "1")
      throw RuleError("E01", concat("remap ", version, ": only version 1 is known"));
  }

  void read_declaration(DeclarationKind kind, std::string_view rest) {
    const std::size_t equals = rest.find('=');
    const std::string_view name = trimmed(rest.substr(0, equals));
    if (!is_identifier(name)) throw RuleError("E01", concat("expected a name, got ", quote(name)));
    const std::string_view expression =
        equals == std::string_view::npos ? "" : trimmed(rest.substr(equals + 1));
    if (expression.empty() && (equals != std::string_view::npos || kind == DeclarationKind::let))
      throw RuleError("E01", concat(name, ": expected a value after ="));
    for (const Declaration& other : rules_.declarations)
      if (other.name == name)
        throw RuleError("E01", concat(name, " is declared in line ", other.line, " already"));
    rules_.declarations.push_back({kind, line_, std::string(name), std::string(expression)});
  }

  void read_header(std::string_view line) {
    if (line.back() != ']') throw RuleError("E01", "expected ] at the end of a header");
    const std::string_view inside = trimmed(line.substr(1, line.size() - 2));
    from_prefix_ = to_prefix_ = {};
    if (inside.empty()) return;
    const std::size_t arrow = inside.find("->");
    if (arrow == std::string_view::npos) throw RuleError("E01", "expected [SRC -> DST] or []");
    from_prefix_ = parse_template(inside.substr(0, arrow));
    to_prefix_ = parse_template(inside.substr(arrow + 2));
  }

  void read_rule(std::string_view line) {
    Rule rule{.line = line_};
    if (line.front() == '?') {
      rule.is_optional = true;
      line = trimmed(line.substr(1));
    }
    if (const auto rest = behind_word(line, "drop")) {
      read_drop(rule, *rest);
    } else if (const auto created = behind_word(line, "new")) {
      read_new(rule, *created);
    } else if (const auto kept = behind_word(line, "keep")) {
      rule.from = prefixed(from_prefix_, *kept);
      rule.to = prefixed(to_prefix_, *kept);
    } else {
      read_map(rule, line);
    }
    rules_.rules.push_back(std::move(rule));
  }

  void read_drop(Rule& rule, std::string_view rest) {
    rule.kind = RuleKind::drop;
    const std::size_t equals = find_word(rest, "=");
    if (equals != std::string_view::npos) rule.value = trimmed(rest.substr(equals + 2));
    rule.from = prefixed(from_prefix_, rest.substr(0, equals));
  }

  void read_new(Rule& rule, std::string_view rest) {
    rule.kind = RuleKind::create;
    // The anchor is a key of the other side, so it gets no prefix.
    if (const std::size_t anchor = find_word(rest, "for"); anchor != std::string_view::npos) {
      rule.anchor = parse_template(rest.substr(anchor + 4));
      rest = rest.substr(0, anchor);
    }
    const std::size_t equals = find_word(rest, "=");
    if (equals == std::string_view::npos)
      throw RuleError("E01", "new KEY needs a value: new KEY = zeros(8)");
    rule.value = trimmed(rest.substr(equals + 2));
    rule.to = prefixed(to_prefix_, rest.substr(0, equals));
  }

  void read_map(Rule& rule, std::string_view line) {
    const std::vector<std::string_view> pieces = split_outside(line, '|');
    const std::size_t arrow = find_outside(pieces.front(), "->");
    if (arrow == std::string_view::npos) throw_no_arrow(line);
    const std::string_view from = trimmed(pieces.front().substr(0, arrow));
    const std::string_view to = trimmed(pieces.front().substr(arrow + 2));
    rule.from = prefixed(from_prefix_, from);
    rule.to = prefixed(to_prefix_, to == "=" ? from : to);
    for (std::size_t i = 1; i < pieces.size(); ++i) rule.ops.push_back(parse_op(pieces[i]));
  }

  [[noreturn]] static void throw_no_arrow(std::string_view line) {
    if (const std::string_view end = find_missing_end(line); !end.empty())
      throw RuleError("E01", concat("expected ", end, " before the end of the line"));
    const std::string first_word(line.substr(0, line.find_first_of(" \t")));
    std::vector<std::string> words;
    for (const auto& [word, usage] : usage_of_words) {
      if (word == first_word) throw RuleError("E01", concat("it is written ", usage));
      words.emplace_back(word);
    }
    std::string hint = did_you_mean(find_closest(first_word, words));
    if (line.find("=>") != std::string_view::npos) hint = "rules are written with ->, not =>";
    throw RuleError("E01", concat("expected SRC -> DST, got ", quote(line)), std::move(hint));
  }

  static std::vector<Template> prefixed(const Template& prefix, std::string_view text) {
    std::vector<Template> templates = parse_templates(text);
    for (Template& key_template : templates) key_template = joined(prefix, key_template);
    return templates;
  }

  RuleSet rules_;
  std::size_t line_ = 0;
  Template from_prefix_;
  Template to_prefix_;
};

}  // namespace

Error to_error(const Problem& problem) {
  std::string message = problem.place.empty() ? "" : concat(problem.place, ": ");
  return {ErrorKind::usage, concat(message, problem.code, ": ", problem.message), problem.hint};
}

bool has_errors(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems)
    if (problem.severity == Severity::error) return true;
  return false;
}

void throw_first_error(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems)
    if (problem.severity == Severity::error) throw to_error(problem);
}

RuleSet parse_rules(std::string_view text, std::string_view unit) {
  return Parser(unit).parse(text);
}

}  // namespace ckpt::match
