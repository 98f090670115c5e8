// The rules of an inverse, before names get their values.
#pragma once

#include <vector>

#include "match/rules/compile.hpp"

namespace ckpt::match {

/// The inverse of each rule that has one, in order; appends an N10 for each of the others.
std::vector<Rule> inverse_rules(const CompiledRules& compiled, std::vector<Problem>& notes);

}  // namespace ckpt::match
