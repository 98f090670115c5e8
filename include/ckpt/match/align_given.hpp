// What is decided before anything is matched: partial rules settle the keys that they take.
//
//   blocks.{i}.attn.qkv.* -> layer.{i}.{q,k,v}.* | split(0)      pairs of grade `given`
//   drop head.*                                                  keys of A that take no part
//   new position_ids = arange(50) i64                            keys of B that take no part
#pragma once

#include <span>
#include <vector>

#include "ckpt/match/align_rules.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct GivenRules {
  /// The keys of A and of B that one use of a rule ties together.
  std::vector<AlignPair> pairs = {};
  std::vector<AlignRule> rules = {};         ///< AlignRule::pairs are positions in `pairs`
  std::vector<std::size_t> left_out_a = {};  ///< dropped
  std::vector<std::size_t> left_out_b = {};  ///< created
  /// As for make_plan(), but that keys of A may be without a rule; D17 where a rule makes what B
  /// has not.
  std::vector<Problem> problems = {};
};

GivenRules apply_given(const RuleSet& rules, const Parameters& parameters,
                       std::span<const AlignTensor> a, std::span<const AlignTensor> b);

/// Puts the rules of `given` among those that make_rules() made of an alignment that began with its
/// pairs.
void add_given(std::vector<AlignRule>& rules, const GivenRules& given, const Alignment& alignment);

}  // namespace ckpt::match
