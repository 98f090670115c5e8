// Rules that differ in one part of the key on either side become one, with lists that pair up:
//
//   blocks.{i}.norm1.* -> layer.{i}.layernorm_before.*
//   blocks.{i}.norm2.* -> layer.{i}.layernorm_after.*
//   blocks.{i}.{norm1,norm2}.* -> layer.{i}.layernorm_{before,after}.*
#pragma once

#include <vector>

#include "ckpt/match/align_rules.hpp"

namespace ckpt::match {

/// In the order of the first pair of each. Rules of different grades stay apart, and so does what
/// is open.
std::vector<AlignRule> merge_rules(std::vector<AlignRule> rules);

}  // namespace ckpt::match
