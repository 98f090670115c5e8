// Keys without a checkpoint: a list of names, one a line, or what `ckpt ls --json` prints.
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/match/rule_plan.hpp"

namespace ckpt::match {

struct KeyList {
  std::vector<KeyFacts> keys = {};
  bool has_shapes = false;  ///< names alone: each is a scalar of float32
};

/// Throws Error{malformed} for JSON that lists no tensors, and for a name that is there twice.
KeyList parse_key_list(std::string_view text);

/// The rules as far as they are about names: joins and splits without dimensions, no other
/// operation, 9 for what is measured on shapes. For keys of which no shape is known.
RuleSet without_shapes(RuleSet rules);

}  // namespace ckpt::match
