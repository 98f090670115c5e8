// Checks rules before they run: whether rules conflict, what their inverse is, and whether every
// key of a checkpoint would come back through the inverse.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

/// The names of the operations, in the order of their table: "cat", "stack", "same", ...
std::vector<std::string> operation_names();

/// Finds the problems E01 to E07, W08, W09 and N10 of `rules`. `keys` give `count` and `dim` their
/// values; without keys a stand-in number is used.
std::vector<Problem> check_rules(const RuleSet& rules, const Parameters& parameters,
                                 std::span<const KeyFacts> keys = {});

struct Inverse {
  RuleSet rules;                    ///< with the values of the names that it needs
  std::vector<Problem> notes = {};  ///< N10: what does not come back, and why
};

/// The rules that undo `rules`, in the same order. `parameters` are those of the forward direction.
/// Errors of `rules` are among the problems of the inverse.
///
/// keys    the keys that the inverse will be applied to: names that count or measure keys of the
///         other side get the value that fits them; without keys these names stay open
Inverse inverse_of(const RuleSet& rules, const Parameters& parameters,
                   std::span<const KeyFacts> keys = {});

/// Finds D18: a note for each key that would not come back to its name and shape when `plan`, made
/// from `rules` and `keys`, is undone.
std::vector<Problem> check_return(const RuleSet& rules, const Parameters& parameters,
                                  std::span<const KeyFacts> keys, const Plan& plan);

/// Finds D17: compares what `plan` makes with the keys of a target and reports missing keys,
/// unexpected keys, and other shapes or dtypes.
std::vector<Problem> check_target(const RuleSet& rules, const Plan& plan,
                                  std::span<const KeyFacts> keys, std::span<const KeyFacts> target);

}  // namespace ckpt::match
