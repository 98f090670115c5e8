// The small pieces that rule files are read by: trimming, and splitting that respects quotes,
// brackets and backslashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/rules.hpp"

namespace ckpt::match {

/// A key that holds one of these is written in quotes.
inline constexpr std::string_view quoted_characters = " \t\r\v\f,|[]()#";

/// `text` split at each `separator` that lies outside of quotes and brackets and behind no
/// backslash.
std::vector<std::string_view> split_outside(std::string_view text, char separator);

/// The first place of `word` in `text` outside of quotes and brackets, or npos.
std::size_t find_outside(std::string_view text, std::string_view word);

/// The quote or bracket that should close what is open at the end of `text`, or "".
std::string_view find_missing_end(std::string_view text);

/// `line` without its comment: from a # at its start or after a blank, outside of quotes.
std::string_view without_comment(std::string_view line);

bool is_identifier(std::string_view text);

/// Throws RuleError E01.
Template parse_template(std::string_view text);
/// "KEY, KEY, ..."
std::vector<Template> parse_templates(std::string_view text);
/// "split(0, [4, 2])". Throws RuleError E01.
OpCall parse_op(std::string_view text);

/// `tail` behind `head`, as one template.
Template joined(const Template& head, const Template& tail);

}  // namespace ckpt::match
