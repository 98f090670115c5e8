// Runs `remap` with rules: plan, refuse or print, carry the optimizers along, edit.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ckpt/edit/rule_edit.hpp"
#include "cli/console.hpp"
#include "commands/shared/checkpoint.hpp"
#include "commands/shared/optim_options.hpp"
#include "commands/shared/rule_options.hpp"
#include "commands/shared/saving.hpp"

namespace ckpt::commands {

struct RuleRun {
  LoadedRules loaded;
  RuleUse use = {};
  bool must_be_reversible = false;
  bool prints_plan = false;
  std::optional<std::filesystem::path> like;
  std::optional<std::filesystem::path> order;
  const TreatmentOptions& treatment;
  std::optional<edit::RuleKeys> joined = {};  ///< of several files; none: those of the root
};

/// Edits the root of `checkpoint`; returns nothing when reported problems forbid it.
std::optional<Edit> run_rules(Checkpoint& checkpoint, const RuleRun& run, cli::Console& console);

}  // namespace ckpt::commands
