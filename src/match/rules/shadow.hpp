// Finds E07: rules that never match because earlier rules take all of their keys.
#pragma once

#include <optional>
#include <vector>

#include "match/rules/compile.hpp"
#include "match/rules/match.hpp"

namespace ckpt::match {

/// The problem when earlier rules take every sample key of `rules[rule]`. `index` is of `rules`.
std::optional<Problem> find_shadow(const std::vector<CompiledRule>& rules, std::size_t rule,
                                   const RuleIndex& index);

}  // namespace ckpt::match
