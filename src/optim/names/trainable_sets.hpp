// The sets of candidates that may have been trained: all, or all but what people freeze. Each set
// has a text for the user and the evidence that it needs to be believed.
//
//   whole    all; all without a tie that was cloned when saving
//   frozen   'backbone.*' frozen; only 'head.*'; all before 'layer3' frozen; only biases
//            lora_*; norms; embeddings; attention; and pairs of these
//            by any part of the names; by the numbers in them
//            all before any parameter: never believed, but shows that another rule is not alone
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "optim/names/name_sets.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// A set of candidates, with the reason to propose it.
struct TrainableSet {
  std::string text;    ///< "all", "'backbone.*' frozen", ...
  Indices names = {};  ///< ascending
  /// The required evidence: log2 of how unlikely an agreement of the shapes by chance must be.
  double doubt_bits = 0;
};

/// Candidates that are copies of earlier ones (equal shape and bytes). Called only when the counts
/// require it.
using FindClones = std::function<Indices(const Problem&)>;

/// Sets with as many names as there are ids.
std::vector<TrainableSet> whole_sets(const Problem& problem, const FindClones& find_clones);
/// Empty when every candidate has an id.
std::vector<TrainableSet> frozen_sets(const Problem& problem, const NameParts& parts);

}  // namespace ckpt::optim
