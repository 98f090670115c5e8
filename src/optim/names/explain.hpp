// Matches one state dict with one optimizer: counts the deals, then looks for a rule that explains
// one.
#pragma once

#include "ckpt/optim/resolve.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

enum class ModuleOrder : std::uint8_t { known, unknown };

/// What was found for one list of candidates.
struct Explanation {
  Level level = Level::none;
  std::string rule;
  std::vector<Fit> fits;
  std::optional<std::uint64_t> deals;
  std::vector<std::vector<std::string>> can_be;
  /// The rules of `fits` may fit by chance: the true assignment may be none of them.
  bool is_guess = false;
};

/// `order` says whether the file keeps modules in registration order; if unknown, files with sorted
/// names are handled separately.
Explanation explain(const Problem& problem, ModuleOrder order, const CloneFinder& find_clones);

}  // namespace ckpt::optim
