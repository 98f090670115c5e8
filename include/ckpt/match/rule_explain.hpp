// What rules say of a single key, without the others of its checkpoint.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct Explanation {
  std::size_t rule = 0;                   ///< place in the rule set
  std::vector<std::string> targets = {};  ///< the keys it goes to; none: it is dropped
};

/// The rule that takes `key`, or nothing. `keys` are what count and dim measure; without them some
/// number stands for these. Throws the first error of the rules as Error{usage}.
std::optional<Explanation> explain_key(const RuleSet& rules, const Parameters& parameters,
                                       std::string_view key, std::span<const KeyFacts> keys = {});

}  // namespace ckpt::match
