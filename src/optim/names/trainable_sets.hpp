// Which candidates may have been trained: everything, or what people freeze. Each set has a text
// for the user, and says how much evidence it takes to be believed.
//
//   whole    all; all without a tie that was cloned when saving
//   frozen   'backbone.*' frozen; only 'head.*'; all before 'layer3' frozen; only biases
//            lora_*; norms; embeddings; attention; and pairs of these
//            by any part of the names; by the numbers in them
//            all before any parameter: never believed, but it shows that a rule is not alone
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "optim/names/name_sets.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

struct TrainableSet {
  std::string text;    ///< "all", "'backbone.*' frozen", ...
  Indices names = {};  ///< ascending
  /// How unlikely, as a power of two, it has to be that shapes agree by chance.
  double doubt_bits = 0;
};

/// Candidates that are copies of an earlier one: equal shape and bytes. Asked for only when the
/// counts leave room for it.
using FindClones = std::function<Indices(const Problem&)>;

/// Sets that have as many names as there are ids.
std::vector<TrainableSet> whole_sets(const Problem& problem, const FindClones& find_clones);
/// None where every candidate has an id.
std::vector<TrainableSet> frozen_sets(const Problem& problem, const NameParts& parts);

}  // namespace ckpt::optim
