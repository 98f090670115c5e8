// Treats the optimizers of the target when values are copied into its model.
#pragma once

#include <string>
#include <vector>

#include "ckpt/edit/apply.hpp"
#include "ckpt/optim/carry.hpp"
#include "ckpt/optim/merge.hpp"
#include "commands/copy/side.hpp"
#include "commands/shared/optim_options.hpp"

namespace ckpt::commands {

/// The side whose ids the naming options describe.
enum class NamedSide { source, target };

struct CopyOptimizerOptions {
  optim::Treatment treatment = optim::Treatment::carry;
  optim::Unmapped unmapped = optim::Unmapped::keep;
  NamedSide named_side = NamedSide::source;
  NamingOptions naming;
};

void declare_copy_optimizer(cli::Options& options, CopyOptimizerOptions& optimizer);

/// The optimizers of the source while rules edit its model in memory. They follow the edit only
/// when states will be carried into an optimizer of the target.
class SourceStates {
 public:
  SourceStates(Checkpoint& source, const Checkpoint& target, const CopyOptimizerOptions& options);

  /// Edits the root of the source, and them with it. Throws as edit::apply() does.
  void apply(const edit::RootEdit& edit) const;

 private:
  Checkpoint& source_;
  bool are_carried_;
  optim::Trust trust_;
};

struct CopiedOptimizer {
  std::size_t taken = 0;  ///< states copied from the source
  std::size_t fresh = 0;  ///< states removed because their values were replaced
  std::vector<std::string> remarks;
};

/// Carries the states of copied values from the optimizers of the source to those of the target, or
/// treats the latter as the options say. Call before the values are copied.
CopiedOptimizer treat_optimizers(Checkpoint& target, const Checkpoint& source, const CopyPlan& plan,
                                 const CopyOptimizerOptions& options);

}  // namespace ckpt::commands
