// A small scanner over one line. Quotes, brackets and backslashes are tracked by Outside, so that a
// comma inside brackets does not split.

#include "match/rules/text.hpp"

#include <algorithm>
#include <cctype>

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

bool is_blank(char c) { return blanks.find(c) != std::string_view::npos; }

/// Walks over a text and knows whether the current position is inside quotes or brackets.
class Outside {
 public:
  /// Returns whether `c` is outside. The quotes and brackets themselves are not.
  bool advance(char c) {
    if (is_escaped_) return is_escaped_ = false;
    if (c == '\\') {
      is_escaped_ = true;
      return false;
    }
    if (c == '"') {
      is_quoted_ = !is_quoted_;
      return false;
    }
    if (is_quoted_) return false;
    const bool closes = c == '}' || c == ')' || c == ']';
    if (c == '{' || c == '(' || c == '[') open_ += c;
    if (closes && !open_.empty()) open_.pop_back();
    return open_.empty() && !closes;
  }
  bool is_quoted() const { return is_quoted_; }
  /// The open brackets, outermost first.
  std::string_view open() const { return open_; }

 private:
  bool is_quoted_ = false;
  bool is_escaped_ = false;
  std::string open_;
};

class TemplateParser {
 public:
  explicit TemplateParser(std::string_view text) : text_(text) {}

  Template parse() {
    while (position_ < text_.size()) read_item();
    flush();
    return std::move(items_);
  }

 private:
  void read_item() {
    const char c = text_[position_++];
    if (c == '\\') {
      if (position_ == text_.size()) throw RuleError("E01", "a backslash at the end of a key");
      literal_ += text_[position_++];
    } else if (c == '*') {
      flush();
      const bool is_double = text_.substr(position_).starts_with('*');
      if (is_double) ++position_;
      items_.push_back(
          {.kind = is_double ? TemplateItem::Kind::double_star : TemplateItem::Kind::star});
    } else if (c == '{') {
      flush();
      const std::size_t end = find_brace(position_);
      if (end == std::string_view::npos)
        throw RuleError("E01", concat("the { in ", quote(text_), " is never closed"));
      if (text_[end] == '{')
        throw RuleError("E01", concat("a { inside of braces in ", quote(text_)),
                        "a brace that belongs to the key is written \\{");
      items_.push_back(braces(text_.substr(position_, end - position_)));
      position_ = end + 1;
    } else if (c == '}') {
      throw RuleError("E01", concat("a } in ", quote(text_), " without its {"),
                      "a brace that belongs to the key is written \\}");
    } else {
      literal_ += c;
    }
  }

  std::size_t find_brace(std::size_t position) const {
    for (; position < text_.size(); ++position) {
      if (text_[position] == '{' || text_[position] == '}') return position;
      if (text_[position] == '\\') ++position;
    }
    return std::string_view::npos;
  }

  TemplateItem braces(std::string_view body) const {
    TemplateItem item;
    const std::size_t colon = body.find(':');
    if (colon != std::string_view::npos && is_identifier(trimmed(body.substr(0, colon)))) {
      item.name = trimmed(body.substr(0, colon));
      body = body.substr(colon + 1);
    }
    std::vector<std::string> words = words_of(body);
    body = trimmed(body);
    if (words.size() > 1) {
      item.kind = TemplateItem::Kind::list;
      item.words = std::move(words);
      refuse_bad_words(item.words, body);
    } else if (const std::size_t dots = body.find(".."); dots != std::string_view::npos) {
      refuse_open_ends(body);
      item.kind = TemplateItem::Kind::range;
      item.words = {std::string(trimmed(body.substr(0, dots))),
                    std::string(trimmed(body.substr(dots + 2)))};
    } else {
      refuse_open_ends(body);
      if (!item.name.empty())
        throw RuleError("E01", concat("{", item.name, ":", body,
                                      "}: expected a list or a range after the colon"));
      if (body.empty()) throw RuleError("E01", "{} without a variable in it");
      item.kind = TemplateItem::Kind::number;
      item.text = body;
    }
    return item;
  }

  static void refuse_bad_words(const std::vector<std::string>& words, std::string_view body) {
    std::vector<std::string> sorted = words;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
      throw RuleError("E03", concat("the list {", body, "} has ", quote(*twice), " twice"));
  }

  /// An expression can be found again in its line only if its brackets pair up.
  static void refuse_open_ends(std::string_view expression) {
    std::string open;
    for (const char c : expression) {
      if (c == '(' || c == '[') open += c == '(' ? ')' : ']';
      const bool is_end = c == ')' || c == ']';
      if (c == '"' || c == '#' || (is_end && (open.empty() || open.back() != c)))
        throw RuleError("E01", concat("cannot read {", expression, "}"));
      if (is_end) open.pop_back();
    }
    if (!open.empty())
      throw RuleError("E01",
                      concat("expected ", open.back(), " before the } of {", expression, "}"));
  }

  /// The words between commas, without surrounding blanks and without backslashes.
  static std::vector<std::string> words_of(std::string_view body) {
    std::vector<std::string> words{""};
    std::size_t kept = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
      std::string& word = words.back();
      const bool is_escaped = body[i] == '\\' && i + 1 < body.size();
      if (is_escaped) ++i;
      if (!is_escaped && body[i] == ',') {
        word.resize(kept);
        words.emplace_back();
        kept = 0;
      } else if (is_escaped || !is_blank(body[i])) {
        word += body[i];
        kept = word.size();
      } else if (!word.empty()) {
        word += body[i];
      }
    }
    words.back().resize(kept);
    return words;
  }

  void flush() {
    if (literal_.empty()) return;
    items_.push_back({.kind = TemplateItem::Kind::literal, .text = literal_});
    literal_.clear();
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::string literal_;
  Template items_;
};

}  // namespace

std::vector<std::string_view> split_outside(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  Outside outside;
  std::size_t first = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!outside.advance(text[i]) || text[i] != separator) continue;
    pieces.push_back(text.substr(first, i - first));
    first = i + 1;
  }
  pieces.push_back(text.substr(first));
  return pieces;
}

std::size_t find_outside(std::string_view text, std::string_view word) {
  Outside outside;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (outside.advance(text[i]) && text.substr(i).starts_with(word)) return i;
  return std::string_view::npos;
}

std::string_view find_missing_end(std::string_view text) {
  Outside outside;
  for (const char c : text) outside.advance(c);
  if (outside.is_quoted()) return "\"";
  if (outside.open().empty()) return {};
  const char innermost = outside.open().back();
  return innermost == '{' ? "}" : innermost == '(' ? ")" : "]";
}

std::string_view without_comment(std::string_view line) {
  Outside outside;
  for (std::size_t i = 0; i < line.size(); ++i) {
    outside.advance(line[i]);
    if (line[i] == '#' && !outside.is_quoted() && (i == 0 || is_blank(line[i - 1])))
      return line.substr(0, i);
  }
  return line;
}

bool is_identifier(std::string_view text) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, is_part);
}

Template parse_template(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return TemplateParser(text).parse();
}

std::vector<Template> parse_templates(std::string_view text) {
  std::vector<Template> templates;
  for (const std::string_view piece : split_outside(text, ',')) {
    const std::string_view key = trimmed(piece);
    if (key.empty()) throw RuleError("E01", "a key is missing");
    const bool has_blank = std::ranges::any_of(key, is_blank);
    if (has_blank && key.front() != '"' && key.find('{') == std::string_view::npos)
      throw RuleError("E01", concat("a blank in the key ", quote(key)),
                      "keys with blanks are written in double quotes");
    templates.push_back(parse_template(key));
  }
  return templates;
}

OpCall parse_op(std::string_view text) {
  text = trimmed(text);
  const std::size_t open = text.find('(');
  OpCall op{.name = std::string(trimmed(text.substr(0, open)))};
  if (!is_identifier(op.name))
    throw RuleError("E01", concat("cannot read the operation ", quote(text)),
                    "an operation is written NAME or NAME(ARGUMENTS)");
  if (open == std::string_view::npos) return op;
  if (text.back() != ')') throw RuleError("E01", concat("expected ) at the end of ", quote(text)));
  const std::string_view inside = trimmed(text.substr(open + 1, text.size() - open - 2));
  if (inside.empty()) return op;
  for (const std::string_view piece : split_outside(inside, ',')) {
    const std::string_view arg = trimmed(piece);
    if (arg.empty()) throw RuleError("E01", concat("an argument of ", op.name, " is missing"));
    const std::size_t equals = find_outside(arg, "=");
    if (equals != std::string_view::npos && is_identifier(trimmed(arg.substr(0, equals)))) {
      op.named.emplace_back(trimmed(arg.substr(0, equals)), trimmed(arg.substr(equals + 1)));
    } else {
      op.args.emplace_back(arg);
    }
  }
  return op;
}

Template joined(const Template& head, const Template& tail) {
  Template whole = head;
  for (const TemplateItem& item : tail) {
    const bool merges = item.kind == TemplateItem::Kind::literal && !whole.empty() &&
                        whole.back().kind == TemplateItem::Kind::literal;
    if (merges) {
      whole.back().text += item.text;
    } else {
      whole.push_back(item);
    }
  }
  return whole;
}

}  // namespace ckpt::match
