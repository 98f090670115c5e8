#include "ckpt/match/pattern.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::match {

namespace {

constexpr std::string_view regex_prefix = "re:";

re2::RE2::Options regex_options() {
  re2::RE2::Options options;
  // Keys are bytes: names that are not UTF-8 must match `*` too.
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return options;
}

bool has_unescaped(std::string_view glob, char wanted) {
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      ++i;
    } else if (glob[i] == wanted) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct Pattern::Compiled {
  re2::RE2 regex;
  bool is_whole;  // must match the key from end to end
};

std::string glob_to_regex(std::string_view glob) {
  std::string regex;
  int open_braces = 0;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '*' && glob.substr(i, 2) == "**") {
      regex += "(.*)";
      ++i;
    } else if (c == '*') {
      regex += "([^.:]*)";
    } else if (c == '?') {
      regex += "([^.:])";
    } else if (c == '{') {
      regex += '(';
      ++open_braces;
    } else if (c == '}' && open_braces > 0) {
      regex += ')';
      --open_braces;
    } else if (c == ',' && open_braces > 0) {
      regex += '|';
    } else {
      const bool is_escape = c == '\\' && i + 1 < glob.size();
      regex += re2::RE2::QuoteMeta(re2::StringPiece(&glob[is_escape ? ++i : i], 1));
    }
  }
  if (open_braces > 0)
    throw Error(ErrorKind::usage, concat("pattern ", quote(glob), ": '{' is not closed"));
  return regex;
}

Pattern::Pattern(std::string_view text) : text_(text) {
  is_exclusion_ = text.starts_with('!');
  if (is_exclusion_) text.remove_prefix(1);
  const bool is_regex = text.starts_with(regex_prefix);
  if (is_regex) text.remove_prefix(regex_prefix.size());
  sees_whole_tree_ = !is_regex && has_unescaped(text, ':');
  // A leading ':' only says that the path starts at the top: ":epoch".
  if (sees_whole_tree_ && text.starts_with(':')) text.remove_prefix(1);
  // Below a key lie dotted names and, in the tree, further steps.
  const std::string regex =
      is_regex ? std::string(text) : concat("(?s)", glob_to_regex(text), "(?:[.:].*)?");
  compiled_ =
      std::shared_ptr<const Compiled>(new Compiled{re2::RE2(regex, regex_options()), !is_regex});
  if (!compiled_->regex.ok())
    throw Error(ErrorKind::usage, concat("pattern ", quote(text_), ": ", compiled_->regex.error()));
}

bool Pattern::matches(std::string_view key) const {
  const re2::StringPiece subject(key.data(), key.size());
  return compiled_->is_whole ? re2::RE2::FullMatch(subject, compiled_->regex)
                             : re2::RE2::PartialMatch(subject, compiled_->regex);
}

PatternSet::PatternSet(const std::vector<std::string>& texts)
    : patterns_(texts.begin(), texts.end()), is_used_(texts.size()) {}

bool PatternSet::matches(const Subject& subject) {
  // With nothing but exclusions, everything else is meant.
  bool is_included = !patterns_.empty() && std::ranges::all_of(patterns_, &Pattern::is_exclusion);
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const Pattern& pattern = patterns_[i];
    const std::optional<std::string_view> seen =
        pattern.sees_whole_tree() ? subject.path : subject.key;
    if (!seen || !pattern.matches(*seen)) continue;
    is_used_[i] = true;
    is_included = !pattern.is_exclusion();
  }
  return is_included;
}

bool PatternSet::sees_whole_tree() const {
  return std::ranges::any_of(patterns_, [](const Pattern& pattern) {
    return pattern.sees_whole_tree() && !pattern.is_exclusion();
  });
}

std::vector<std::string> PatternSet::unused() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < patterns_.size(); ++i)
    if (!is_used_[i]) texts.push_back(patterns_[i].text());
  return texts;
}

}  // namespace ckpt::match
