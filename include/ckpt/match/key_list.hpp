// Reads a list of keys where there is no checkpoint: one name per line, or the output of `ckpt ls
// --json`.
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/match/rule_plan.hpp"

namespace ckpt::match {

struct KeyList {
  std::vector<KeyFacts> keys = {};
  bool has_shapes = false;  ///< false: names only; each key counts as a float32 scalar
};

/// Throws Error{malformed} for JSON that lists no tensors and for a repeated name.
KeyList parse_key_list(std::string_view text);

/// The part of the rules that concerns names: joins and splits without dimensions, no other
/// operation, and 9 for every number that is measured on a shape. For keys whose shapes are
/// unknown.
RuleSet without_shapes(RuleSet rules);

}  // namespace ckpt::match
