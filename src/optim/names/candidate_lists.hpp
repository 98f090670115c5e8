// Lists the candidates for the ids: the parameters of one state dict, or of several in a row, after
// the user's overrides.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ckpt/optim/resolve.hpp"
#include "optim/names/explain.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// Candidates in the order of the model.
struct CandidateList {
  std::string part;  ///< path of the state dict; "" for several, whose names are paths then
  bool is_joined = false;
  ModuleOrder order = ModuleOrder::unknown;
  std::vector<Candidate> owned;  ///< for a joined list: copies with paths as names
  std::vector<const Candidate*> candidates;
};

enum class Buffers { out, in };

/// Each state dict that is not an average, and when there are several, also their concatenations.
/// Averages only when there is nothing else.
std::vector<CandidateList> candidate_lists(const std::vector<ModelPart>& parts, Buffers buffers);

/// Removes frozen names and sorts the others by the reference order.
void apply_overrides(const Overrides& overrides, CandidateList& list);

/// The group of each candidate by the patterns of --group. Candidates that match no pattern have
/// been removed before: see resolve.cpp.
std::vector<int> groups_by_pattern(const std::vector<std::string>& patterns,
                                   const std::vector<const Candidate*>& candidates);

}  // namespace ckpt::optim
