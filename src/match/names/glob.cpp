// Each wildcard becomes a group of the regular expression; everything else is escaped. '*' and '?'
// do not match a dot and, in a path, not a ':' either.

#include "match/names/glob.hpp"

#include <re2/re2.h>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/key_path.hpp"

namespace ckpt::match {

namespace {

std::string literal_regex(std::string_view text) {
  return re2::RE2::QuoteMeta(re2::StringPiece(text.data(), text.size()));
}

/// The text of the quoted step at `at`; moves `at` behind the closing quote.
std::string read_quoted(std::string_view glob, std::size_t& at) {
  std::string literal;
  for (++at; at < glob.size(); ++at) {
    if (glob[at] == '"') {
      ++at;
      return literal;
    }
    if (glob[at] == '\\' && at + 1 < glob.size()) ++at;
    literal += glob[at];
  }
  throw Error(ErrorKind::usage, concat("pattern ", quote(glob), ": a quote is not closed"),
              "a backslash takes the next character literally: \\\"");
}

class GlobReader {
 public:
  GlobReader(std::string_view glob, GlobScope scope) : glob_(glob), scope_(scope) {}

  std::vector<GlobPart> read() {
    while (at_ < glob_.size()) read_one();
    if (open_braces_ > 0)
      throw Error(ErrorKind::usage, concat("pattern ", quote(glob_), ": '{' is not closed"));
    return std::move(parts_);
  }

 private:
  void read_one() {
    const char c = glob_[at_];
    const bool begins_step = at_ == 0 || is_behind_colon_;
    is_behind_colon_ = c == ':';
    if (c == '"' && begins_step && scope_ == GlobScope::path) return read_quoted_step();
    ++at_;
    if (c == '*' && glob_.substr(at_).starts_with('*')) {
      parts_.push_back({GlobPartKind::any});
      ++at_;
    } else if (c == '*') {
      parts_.push_back({GlobPartKind::within});
    } else if (c == '?') {
      parts_.push_back({GlobPartKind::one});
    } else if (c == '{' || (c == '}' && open_braces_ > 0)) {
      parts_.push_back({c == '{' ? GlobPartKind::open : GlobPartKind::close});
      open_braces_ += c == '{' ? 1 : -1;
    } else if (c == ',' && open_braces_ > 0) {
      parts_.push_back({GlobPartKind::either});
    } else {
      const bool is_escape = c == '\\' && at_ < glob_.size();
      add_literal(glob_.substr(is_escape ? at_++ : at_ - 1, 1));
    }
  }

  /// A path shows a step in quotes only when it must.
  void read_quoted_step() {
    add_literal(model::key_text(read_quoted(glob_, at_)));
    if (at_ < glob_.size() && glob_[at_] != ':')
      throw Error(ErrorKind::usage,
                  concat("pattern ", quote(glob_), ": expected ':' after a quote"));
  }

  void add_literal(std::string_view text) {
    parts_.push_back({GlobPartKind::literal, std::string(text)});
  }

  std::string_view glob_;
  GlobScope scope_;
  std::size_t at_ = 0;
  bool is_behind_colon_ = false;
  int open_braces_ = 0;
  std::vector<GlobPart> parts_;
};

std::string regex_of(const GlobPart& part, GlobScope scope) {
  const std::string_view one = scope == GlobScope::key ? "[^.]" : "[^.:]";
  switch (part.kind) {
    case GlobPartKind::literal:
      return literal_regex(part.text);
    case GlobPartKind::any:
      return "(.*)";
    case GlobPartKind::within:
      return concat("(", one, "*)");
    case GlobPartKind::one:
      return concat("(", one, ")");
    case GlobPartKind::open:
      return "(";
    case GlobPartKind::either:
      return "|";
    case GlobPartKind::close:
      return ")";
  }
  return {};
}

}  // namespace

std::vector<GlobPart> parse_glob(std::string_view glob, GlobScope scope) {
  return GlobReader(glob, scope).read();
}

std::string glob_to_regex(std::string_view glob, GlobScope scope) {
  if (scope == GlobScope::key)
    if (const auto key = find_quoted_key(glob)) return literal_regex(*key);
  std::string regex;
  for (const GlobPart& part : parse_glob(glob, scope)) regex += regex_of(part, scope);
  return regex;
}

std::optional<std::string> find_quoted_key(std::string_view text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::size_t end = 0;
  std::string key = read_quoted(text, end);
  if (end != text.size())
    throw Error(ErrorKind::usage,
                concat("pattern ", quote(text), ": expected the end after a quote"),
                "a backslash takes the next character literally: \\\"");
  return key;
}

bool has_unescaped(std::string_view glob, char wanted) {
  bool begins_step = true;
  for (std::size_t i = 0; i < glob.size();) {
    if (glob[i] == '"' && begins_step) {
      read_quoted(glob, i);
      begins_step = false;
      continue;
    }
    if (glob[i] == wanted) return true;
    begins_step = glob[i] == ':';
    i += glob[i] == '\\' ? std::size_t{2} : std::size_t{1};
  }
  return false;
}

}  // namespace ckpt::match
