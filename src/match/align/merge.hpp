// Joins rules that differ in one part of the key on each side into one rule with paired lists:
//
//   blocks.{i}.norm1.* -> layer.{i}.layernorm_before.*
//   blocks.{i}.norm2.* -> layer.{i}.layernorm_after.*
//   blocks.{i}.{norm1,norm2}.* -> layer.{i}.layernorm_{before,after}.*
#pragma once

#include <vector>

#include "ckpt/match/align_rules.hpp"

namespace ckpt::match {

/// In the order of the first pair of each rule. Rules of different grades are not joined, and open
/// rules are not joined at all.
std::vector<AlignRule> merge_rules(std::vector<AlignRule> rules);

}  // namespace ckpt::match
