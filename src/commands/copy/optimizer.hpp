// What becomes of the optimizers of the target when values are copied into its model.
#pragma once

#include <string>
#include <vector>

#include "ckpt/optim/carry.hpp"
#include "ckpt/optim/merge.hpp"
#include "commands/copy/plan.hpp"
#include "commands/shared/optim_options.hpp"

namespace ckpt::commands {

/// Whose ids the options about names are about.
enum class NamedSide { source, target };

struct CopyOptimizerOptions {
  optim::Treatment treatment = optim::Treatment::carry;
  optim::Unmapped unmapped = optim::Unmapped::keep;
  NamedSide named_side = NamedSide::source;
  NamingOptions naming;
};

void declare_copy_optimizer(cli::Options& options, CopyOptimizerOptions& optimizer);

/// The optimizers of the source, while rules edit its model in memory. They follow only where
/// states are going to be carried into an optimizer of the target.
class SourceStates {
 public:
  SourceStates(Checkpoint& source, const Checkpoint& target, const CopyOptimizerOptions& options);

  /// Takes them along with an edit of the root that is still to be done.
  /// Throws Error{conflict} as optim::carry() does.
  void follow(const optim::RootEdit& edit) const;

 private:
  Checkpoint& source_;
  bool are_carried_;
  optim::Trust trust_;
};

struct CopiedOptimizer {
  std::size_t taken = 0;  ///< states that came along
  std::size_t fresh = 0;  ///< states that were there, and are no longer of the values they are with
  std::vector<std::string> remarks;
};

/// Carries the states of what is copied from the optimizers of the source into those of the target,
/// or treats these as the options say. Called before the values are copied.
CopiedOptimizer treat_optimizers(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                                 const CopyOptimizerOptions& options);

}  // namespace ckpt::commands
