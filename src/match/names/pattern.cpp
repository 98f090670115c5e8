// A pattern is compiled once to a regular expression over keys or over paths, depending on its ':'.

#include "ckpt/match/pattern.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/names/glob.hpp"
#include "match/names/key_regex.hpp"
#include "match/names/quoted_colons.hpp"

namespace ckpt::match {

namespace {

constexpr std::string_view regex_prefix = "re:";

}  // namespace

std::string without_quoted_colons(std::string_view path) {
  std::string plain;
  for (std::size_t at = 0; at < path.size();) {
    const bool begins_step = at == 0 || path[at - 1] == ':';
    if (path[at] != '"' || !begins_step) {
      plain += path[at++];
      continue;
    }
    std::string step;
    std::size_t end = at + 1;
    for (; end < path.size() && path[end] != '"'; ++end) {
      if (path[end] == '\\' && end + 1 < path.size()) ++end;
      step += path[end];
    }
    const bool has_colon = step.find(':') != std::string::npos;
    std::ranges::replace(step, ':', '\x1f');
    plain += has_colon ? step : std::string(path.substr(at, end + 1 - at));
    at = end + 1;
  }
  return plain;
}

struct Pattern::Compiled {
  KeyRegex regex;
};

Pattern::Pattern(std::string_view text) : text_(text) {
  is_exclusion_ = text.starts_with('!');
  if (is_exclusion_) text.remove_prefix(1);
  is_regex_ = text.starts_with(regex_prefix);
  if (is_regex_) text.remove_prefix(regex_prefix.size());
  sees_whole_tree_ = !is_regex_ && has_unescaped(text, ':');
  is_of_text_ = !is_regex_ && !sees_whole_tree_ && text.starts_with('"');
  // A leading ':' only says that the path starts at the top: ":epoch".
  if (sees_whole_tree_ && text.starts_with(':')) text.remove_prefix(1);
  std::string regex(text);
  // Below a key there are dotted names and, in the whole tree, further steps.
  if (sees_whole_tree_) {
    regex = concat("(?s)", glob_to_regex(text, GlobScope::path), "(?:[.:].*)?");
  } else if (!is_regex_) {
    regex = concat("(?s)", glob_to_regex(text, GlobScope::key), "(?:\\..*)?");
  }
  compiled_ = std::make_shared<const Compiled>(Compiled{KeyRegex(regex)});
  if (const std::string error = compiled_->regex.error(); !error.empty())
    throw Error(ErrorKind::usage, concat("pattern ", quote(text_), ": ", error));
}

std::string_view Pattern::path_glob() const {
  std::string_view glob = text_;
  if (is_exclusion_) glob.remove_prefix(1);
  if (glob.starts_with(':')) glob.remove_prefix(1);
  return glob;
}

bool Pattern::matches(std::string_view key) const {
  return is_regex_ ? compiled_->regex.matches_part(key) : compiled_->regex.matches_whole(key);
}

bool Pattern::matches(const Subject& subject) const {
  if (!sees_whole_tree_)
    return subject.key && (subject.key_is_text || !is_of_text_) && matches(*subject.key);
  if (matches(subject.path)) return true;
  return subject.path.find('"') != std::string_view::npos &&
         matches(without_quoted_colons(subject.path));
}

PatternSet::PatternSet(const std::vector<std::string>& texts)
    : patterns_(texts.begin(), texts.end()), is_used_(texts.size()) {}

bool PatternSet::matches(const Subject& subject) { return matches_any({&subject, 1}); }

bool PatternSet::matches_any(std::span<const Subject> names) {
  // A set of exclusions only includes everything else.
  bool is_included = !patterns_.empty() && std::ranges::all_of(patterns_, &Pattern::is_exclusion);
  for (std::size_t i = 0; i < patterns_.size(); ++i) {
    const bool is_matched = std::ranges::any_of(
        names, [&](const Subject& subject) { return is_match(patterns_[i], i, subject); });
    if (!is_matched) continue;
    is_used_[i] = true;
    is_included = !patterns_[i].is_exclusion();
  }
  return is_included;
}

bool PatternSet::is_match(const Pattern& pattern, std::size_t index, const Subject& subject) {
  if (pattern.sees_whole_tree())
    return subject.path_matches ? (*subject.path_matches)[index] : pattern.matches(subject);
  if (!subject.key_matches) return pattern.matches(subject);
  return subject.key.has_value() && (*subject.key_matches)[index];
}

bool PatternSet::sees_whole_tree() const {
  return std::ranges::any_of(patterns_, [](const Pattern& pattern) {
    return pattern.sees_whole_tree() && !pattern.is_exclusion();
  });
}

bool PatternSet::has_paths() const {
  return std::ranges::any_of(patterns_, &Pattern::sees_whole_tree);
}

std::vector<std::string> PatternSet::unused() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < patterns_.size(); ++i)
    if (!is_used_[i]) texts.push_back(patterns_[i].text());
  return texts;
}

}  // namespace ckpt::match
