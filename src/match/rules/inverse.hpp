// The rules of an inverse, without the values of the names in them.
#pragma once

#include <vector>

#include "match/rules/compile.hpp"

namespace ckpt::match {

/// The inverse of each rule that has one, in order; N10 for the others are appended.
std::vector<Rule> inverse_rules(const CompiledRules& compiled, std::vector<Problem>& notes);

}  // namespace ckpt::match
