// Translates globs over keys and paths to regular expressions. pattern.hpp describes the globs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ckpt::match {

enum class GlobScope {
  key,   ///< the key of a dict: ':' is an ordinary character
  path,  ///< from the top of the tree: ':' separates steps
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

/// A regular expression that matches what the glob matches, from start to end; each wildcard is a
/// group. Throws Error{usage} for malformed braces or quotes.
std::string glob_to_regex(std::string_view glob, GlobScope scope);

/// The key in a quoted text, as a path shows it: 0 for "\"0\""; nothing for texts without quotes.
/// Throws Error{usage} when the quote is not closed or does not end the text.
std::optional<std::string> find_quoted_key(std::string_view text);

/// Whether `wanted` occurs in `glob` unescaped: not behind a backslash and not in a quoted step.
bool has_unescaped(std::string_view glob, char wanted);

}  // namespace ckpt::match
