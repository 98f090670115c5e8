// What can be said of rules before they run: whether rules are in each other's way, what their
// inverse is, and whether every key of a checkpoint would come back through it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

/// "cat", "stack", "same", ...: the operations that a rule may apply, in the order of their table.
std::vector<std::string> operation_names();

/// E01..E07, W08, W09 and N10 of `rules`. With keys, `count` and `dim` know their values; without,
/// some number stands for them.
std::vector<Problem> check_rules(const RuleSet& rules, const Parameters& parameters,
                                 std::span<const KeyFacts> keys = {});

struct Inverse {
  RuleSet rules;                    ///< with the values of the names it needs
  std::vector<Problem> notes = {};  ///< N10: what does not come back, and why
};

/// The rules that undo `rules`, in the same order. `parameters` are those of the forward direction.
/// Errors of `rules` are among the problems of the inverse.
///
/// keys    what the inverse will be applied to: names that count or measure the keys of the other
///         side get the value that fits them; without keys they stay to be given
Inverse inverse_of(const RuleSet& rules, const Parameters& parameters,
                   std::span<const KeyFacts> keys = {});

/// D18, a note for each key that does not come back to its name and shape when `plan` (of `rules`
/// on `keys`) is undone.
std::vector<Problem> check_return(const RuleSet& rules, const Parameters& parameters,
                                  std::span<const KeyFacts> keys, const Plan& plan);

/// D17: what `plan` (of `rules` on `keys`) makes, held against the keys of a target: those that are
/// missing, those that are unexpected, those of another shape or dtype.
std::vector<Problem> check_target(const RuleSet& rules, const Plan& plan,
                                  std::span<const KeyFacts> keys, std::span<const KeyFacts> target);

}  // namespace ckpt::match
