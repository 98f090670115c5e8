// Globs over keys and paths as regular expressions; what they mean is told in pattern.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

enum class GlobScope {
  key,   ///< of one dict: a ':' in it is a character like any other
  path,  ///< from the top of the tree: a ':' separates its steps
};

enum class GlobPartKind {
  literal,  ///< `text`, byte by byte
  any,      ///< `**`: any text
  within,   ///< `*`: any text without a separator
  one,      ///< `?`: one character that is none
  open,     ///< `{`, of an alternative
  either,   ///< `,` in braces
  close,    ///< `}`
};
struct GlobPart {
  GlobPartKind kind = GlobPartKind::literal;
  std::string text = {};
};

/// Throws Error{usage} for braces or quotes that are not well-formed.
std::vector<GlobPart> parse_glob(std::string_view glob, GlobScope scope);

/// The regular expression that matches what the glob matches, whole; each wildcard is a group.
/// Throws Error{usage} for braces or quotes that are not well-formed.
std::string glob_to_regex(std::string_view glob, GlobScope scope);

/// The key that `text` is as a path shows it, in quotes: 0 of "\"0\"", or nothing for other texts.
/// Throws Error{usage} when the quote is not closed, or does not end the text.
std::optional<std::string> find_quoted_key(std::string_view text);

/// Whether `wanted` stands in `glob` as itself: behind no backslash, and in no quoted step.
bool has_unescaped(std::string_view glob, char wanted);

}  // namespace ckpt::match
