// Which candidates may have been trained: everything, or what people freeze. Each set has a text
// for the user and a tier; simpler tiers are tried first.
//
//   tier 1   all; all without a tie that was cloned when saving
//   tier 2   'backbone.*' frozen; only 'head.*'; all before 'layer3' frozen; only biases
//   tier 3   lora_*; norms; embeddings; attention; and pairs of these
//   tier 4   by any part of the names
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "optim/problem.hpp"

namespace ckpt::optim {

inline constexpr int last_tier = 4;

struct TrainableSet {
  std::string text;  ///< "all", "'backbone.*' frozen", ...
  Indices names;     ///< ascending
};

/// Candidates that are copies of an earlier one: equal shape and bytes. Asked for only when the
/// counts leave room for it.
using FindClones = std::function<Indices(const Problem&)>;

/// The sets of a tier that have as many names as there are ids.
std::vector<TrainableSet> trainable_sets(const Problem& problem, int tier,
                                         const FindClones& find_clones);

}  // namespace ckpt::optim
