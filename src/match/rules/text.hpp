// The pieces of parsing rule files: trimming, and splitting that respects quotes, brackets and
// backslashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/rules.hpp"

namespace ckpt::match {

/// A key with one of these characters is written in quotes.
inline constexpr std::string_view quoted_characters = " \t\r\v\f,|[]()#";

/// `text` split at each `separator` that is outside of quotes and brackets and not behind a
/// backslash.
std::vector<std::string_view> split_outside(std::string_view text, char separator);

/// The first position of `word` outside of quotes and brackets; npos when there is none.
std::size_t find_outside(std::string_view text, std::string_view word);

/// The quote or bracket that is missing at the end of `text`; "" when none is.
std::string_view find_missing_end(std::string_view text);

/// `line` without its comment, which starts with # at the start or after a blank, outside of
/// quotes.
std::string_view without_comment(std::string_view line);

bool is_identifier(std::string_view text);

/// Throws RuleError E01.
Template parse_template(std::string_view text);
/// "KEY, KEY, ..."
std::vector<Template> parse_templates(std::string_view text);
/// Parses "split(0, [4, 2])". Throws RuleError E01.
OpCall parse_op(std::string_view text);

/// One template: `head`, then `tail`.
Template joined(const Template& head, const Template& tail);

}  // namespace ckpt::match
