// Explains what rules do to one key, without the other keys of its checkpoint, so that a rule can
// be tried on the command line before a file is converted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct Explanation {
  std::size_t rule = 0;                   ///< index into the rules
  std::vector<std::string> targets = {};  ///< the keys that it becomes; empty: it is dropped
};

/// The rule that takes `key`; nothing when none does. `keys` are measured by `count` and `dim`;
/// without keys a stand-in number is used. Throws the first error of the rules as Error{usage}.
std::optional<Explanation> explain_key(const RuleSet& rules, const Parameters& parameters,
                                       std::string_view key, std::span<const KeyFacts> keys = {});

}  // namespace ckpt::match
