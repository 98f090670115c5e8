// Patterns that select keys.
//
//   layer1          that key, and everything below it: layer1.0.weight
//   layer*.weight   * matches any text within a dotted part
//   **.bias         ** matches any text across parts
//   {conv,bn}1      either
//   a?              one character within a part
//   re:^l.*\d$      a regular expression, found anywhere in the key unless anchored
//   !layer4         excludes what an earlier pattern included
//   optimizer:**    with a ':' the pattern matches full paths from the top of the tree
//   "0"             a quoted key, as paths show it: the text 0, not the number; inside the quotes
//                   only a backslash is special
//
// A backslash takes the next character literally. Matching takes linear time in the key (RE2, not
// std::regex, which recurses), because keys come from files.
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
  std::optional<std::string_view> key;  ///< of an entry of the root; nothing for values elsewhere
  std::string_view path;                ///< from the top of the tree
  bool key_is_text = true;              ///< not a number, a tuple, ...
  /// Whether each pattern of the set matches the key and the path, if this is known already
  /// (path_reader.hpp); then the texts are not examined.
  const std::vector<bool>* key_matches = nullptr;
  const std::vector<bool>* path_matches = nullptr;
};

class Pattern {
 public:
  /// Throws Error{usage} for a malformed regular expression, brace or quote.
  explicit Pattern(std::string_view text);

  const std::string& text() const { return text_; }
  bool is_exclusion() const { return is_exclusion_; }
  /// Whether the pattern matches full paths.
  bool sees_whole_tree() const { return sees_whole_tree_; }
  /// The pattern without the marks of an exclusion and of the top: "a:b" for "!:a:b".
  std::string_view path_glob() const;
  /// `key` is a text key; for a pattern that sees the whole tree, a path.
  bool matches(std::string_view key) const;
  bool matches(const Subject& subject) const;

 private:
  struct Compiled;
  std::string text_;
  bool is_exclusion_ = false;
  bool is_regex_ = false;
  bool sees_whole_tree_ = false;
  bool is_of_text_ = false;  ///< quoted: matches only text keys
  std::shared_ptr<const Compiled> compiled_;
};

/// The patterns of one option. Notes which of them have matched.
class PatternSet {
 public:
  PatternSet() = default;
  explicit PatternSet(const std::vector<std::string>& texts);

  bool is_empty() const { return patterns_.empty(); }
  /// Whether the last pattern that matches is an inclusion. A set with exclusions only includes all
  /// other keys.
  bool matches(const Subject& subject);
  /// The same for a key with several names: a pattern matches when it matches one of them.
  bool matches_any(std::span<const Subject> names);
  /// Whether an inclusion can match values outside the root.
  bool sees_whole_tree() const;
  /// Whether any pattern, exclusions included, matches full paths.
  bool has_paths() const;
  std::span<const Pattern> patterns() const { return patterns_; }
  /// The patterns that have matched nothing so far.
  std::vector<std::string> unused() const;

 private:
  static bool is_match(const Pattern& pattern, std::size_t index, const Subject& subject);

  std::vector<Pattern> patterns_;
  std::vector<bool> is_used_;
};

}  // namespace ckpt::match
