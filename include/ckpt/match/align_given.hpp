// Applies rules that the user has written already. The alignment only has to find the rest.
//
//   blocks.{i}.attn.qkv.* -> layer.{i}.{q,k,v}.* | split(0)      pairs of grade `given`
//   drop head.*                                                  keys of A that are ignored
//   new position_ids = arange(50) i64                            keys of B that are ignored
#pragma once

#include <span>
#include <vector>

#include "ckpt/match/align_rules.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct GivenRules {
  /// Each pair is the keys of A and B in one application of a rule.
  std::vector<AlignPair> pairs = {};
  std::vector<AlignRule> rules = {};         ///< AlignRule::pairs are indices into `pairs`
  std::vector<std::size_t> left_out_a = {};  ///< dropped
  std::vector<std::size_t> left_out_b = {};  ///< created
  /// As make_plan() reports them, except that keys of A may have no rule. D17 when a rule makes a
  /// key that B does not have.
  std::vector<Problem> problems = {};
};

GivenRules apply_given(const RuleSet& rules, const Parameters& parameters,
                       std::span<const AlignTensor> a, std::span<const AlignTensor> b);

/// Inserts the given rules into `rules`, which make_rules() made from an alignment that starts with
/// the given pairs.
void add_given(std::vector<AlignRule>& rules, const GivenRules& given, const Alignment& alignment);

}  // namespace ckpt::match
