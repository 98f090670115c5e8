// Patterns over key paths.
//
//   layer1          that key, or all below it: layer1.0.weight
//   layer*.weight   * stands for any text within a dotted part
//   **.bias         ** for any text across parts
//   {conv,bn}1      either
//   a?              one character within a part
//   re:^l.*\d$      a regular expression, found anywhere in the key unless anchored
//   !layer4         excludes what an earlier pattern included
//   optimizer:**    with a ':' the pattern sees full paths from the top of the tree
//   "0"             a key as paths show it in quotes: the text 0, not the number; nothing in the
//                   quotes is special but a backslash
//
// A backslash takes the next character literally. Matching is linear in the key (RE2).
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

/// A key as patterns see it.
struct Subject {
  std::optional<std::string_view> key;  ///< of an entry of the root; none for values elsewhere
  std::string_view path;                ///< from the top of the tree
  bool key_is_text = true;              ///< not a number, a tuple, ...
  /// What the patterns of the set that is asked say of them, one after the other, where that is
  /// known already (path_reader.hpp). They are not looked at then.
  const std::vector<bool>* key_matches = nullptr;
  const std::vector<bool>* path_matches = nullptr;
};

class Pattern {
 public:
  /// Throws Error{usage} for a regular expression, braces or quotes that are not well-formed.
  explicit Pattern(std::string_view text);

  const std::string& text() const { return text_; }
  bool is_exclusion() const { return is_exclusion_; }
  /// Whether it is to be held against full paths.
  bool sees_whole_tree() const { return sees_whole_tree_; }
  /// Without what makes it an exclusion and says that it starts at the top: "a:b" of "!:a:b".
  std::string_view path_glob() const;
  /// A text key; of a pattern that sees the whole tree, a path.
  bool matches(std::string_view key) const;
  bool matches(const Subject& subject) const;

 private:
  struct Compiled;
  std::string text_;
  bool is_exclusion_ = false;
  bool is_regex_ = false;
  bool sees_whole_tree_ = false;
  bool is_of_text_ = false;  ///< quoted: matches no key but texts
  std::shared_ptr<const Compiled> compiled_;
};

/// The patterns of one option, and which of them ever matched.
class PatternSet {
 public:
  PatternSet() = default;
  explicit PatternSet(const std::vector<std::string>& texts);

  bool is_empty() const { return patterns_.empty(); }
  /// Whether the last pattern that matches is an inclusion; a set of exclusions only includes the
  /// rest.
  bool matches(const Subject& subject);
  /// Of a key that has several names a pattern matches when it matches one of them.
  bool matches_any(std::span<const Subject> names);
  /// Whether some inclusion could apply to values outside the root.
  bool sees_whole_tree() const;
  /// Whether some pattern, exclusions too, is held against full paths.
  bool has_paths() const;
  std::span<const Pattern> patterns() const { return patterns_; }
  /// The patterns that matched nothing so far.
  std::vector<std::string> unused() const;

 private:
  static bool is_match(const Pattern& pattern, std::size_t index, const Subject& subject);

  std::vector<Pattern> patterns_;
  std::vector<bool> is_used_;
};

}  // namespace ckpt::match
