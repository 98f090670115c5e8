// A regular expression over keys, with RE2: time is linear in the key, whatever the pattern.
//
// A key is nearly always UTF-8, and '?' or '.' is then one character. A Python 2 string may not be
// UTF-8; then '?' is one byte.
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
  /// Never throws; error() tells what is wrong with `pattern`.
  explicit KeyRegex(const std::string& pattern);
  ~KeyRegex();
  KeyRegex(KeyRegex&&) noexcept;

  /// "" when the pattern is well-formed. Otherwise no other function may be called.
  std::string error() const;
  int group_count() const;

  /// Whether the pattern matches `key` from start to end.
  bool matches_whole(std::string_view key) const;
  bool matches_part(std::string_view key) const;
  /// The texts of the groups when the pattern matches from start to end; "" for a group that was
  /// not used.
  std::optional<std::vector<std::string_view>> find_groups(std::string_view key) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

/// Many expressions that are searched in one pass.
class KeyRegexSet {
 public:
  KeyRegexSet();
  ~KeyRegexSet();

  /// Returns false when the pattern is malformed or too large.
  bool add(const std::string& pattern);
  /// Call after the last add(). Returns false when the patterns together are too large.
  bool compile();
  /// Indices of the patterns that match `key` from start to end, in the order of add(). Nothing
  /// when each pattern must be tried alone: for a key that is not UTF-8, or when the common
  /// automaton would be too large.
  std::optional<std::vector<std::size_t>> find(std::string_view key) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace ckpt::match
