// A regular expression over keys (RE2: linear in the key).
//
// A key is UTF-8 nearly always, and '?' or '.' is then one character of it. A string of Python 2
// may be no UTF-8: there '?' is one byte.
//
//   key            e9 2e 77 ("\xe9.w")    c3 a9 2e 77 ("é.w")
//   ([^.]).w       "\xe9"                  "é"
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

class KeyRegex {
 public:
  /// What is wrong with `pattern` is told by error().
  explicit KeyRegex(const std::string& pattern);
  ~KeyRegex();
  KeyRegex(KeyRegex&&) noexcept;

  /// "" when the pattern is well-formed; nothing else may be asked otherwise.
  std::string error() const;
  int group_count() const;

  /// From end to end.
  bool matches_whole(std::string_view key) const;
  bool matches_part(std::string_view key) const;
  /// What the groups hold when it matches from end to end; "" for a group that took no part.
  std::optional<std::vector<std::string_view>> find_groups(std::string_view key) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

/// Many expressions, searched at once.
class KeyRegexSet {
 public:
  KeyRegexSet();
  ~KeyRegexSet();

  /// False when it is not well-formed, or too large.
  bool add(const std::string& pattern);
  /// After the last add(). False when they are too large together.
  bool compile();
  /// Those that match `key` from end to end, in the order of add(). Nothing where each has to be
  /// tried: for a key that is no UTF-8, and when one automaton would have too many states.
  std::optional<std::vector<std::size_t>> find(std::string_view key) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace ckpt::match
