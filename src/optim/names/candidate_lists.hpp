// Which candidates come into question: the parameters of one state dict or of several in a row,
// after what the user said about them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ckpt/optim/resolve.hpp"
#include "optim/names/explain.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

struct CandidateList {
  std::string part;  ///< path of the state dict; "" also for several, whose names are then paths
  bool is_joined = false;
  ModuleOrder order = ModuleOrder::unknown;
  std::vector<Candidate> owned;  ///< of a joined list: copies with paths for names
  std::vector<const Candidate*> candidates;
};

enum class Buffers { out, in };

/// Each state dict that is no average; when there are several, also their concatenations. Averages
/// only when there is nothing else.
std::vector<CandidateList> candidate_lists(const std::vector<ModelPart>& parts, Buffers buffers);

/// Takes frozen names out and puts the rest into the order of the reference.
void apply_overrides(const Overrides& overrides, CandidateList& list);

/// The group of each candidate by the patterns of --group; candidates that match none are taken
/// out of `problem`'s list before: see resolve.cpp.
std::vector<int> groups_by_pattern(const std::vector<std::string>& patterns,
                                   const std::vector<const Candidate*>& candidates);

}  // namespace ckpt::optim
