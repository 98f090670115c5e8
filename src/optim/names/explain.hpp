// One state dict against one optimizer: count the deals, then look for a rule that explains them.
#pragma once

#include "ckpt/optim/resolve.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

enum class ModuleOrder : std::uint8_t { known, unknown };

struct Explanation {
  Level level = Level::none;
  std::string rule;
  std::vector<Fit> fits;
  std::optional<std::uint64_t> deals;
  std::vector<std::vector<std::string>> can_be;
  /// The rules of `fits` could well fit by chance: the truth may be none of them.
  bool is_guess = false;
};

/// `order` tells whether the file is known to keep modules in the order of registration; if not,
/// sorted names are taken apart.
Explanation explain(const Problem& problem, ModuleOrder order, const CloneFinder& find_clones);

}  // namespace ckpt::optim
