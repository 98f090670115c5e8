// Rules for the names, shapes and values of SRC in `ckpt copy`: applied to it in memory, before
// anything is paired, as ckpt remap would apply them to the file.
#pragma once

#include "cli/console.hpp"
#include "commands/copy/names.hpp"
#include "commands/copy/optimizer.hpp"
#include "commands/shared/rule_options.hpp"

namespace ckpt::commands {

struct CopyRules {
  RuleOptions rules;
  RuleUse use;
};

/// --rules, -e, --preset, -D, --config, --reverse, --keep-unmatched.
void declare_copy_rules(cli::Options& options, CopyRules& rules);
/// Throws Error{usage} for options about rules without any.
void check_copy_rules(const CopyRules& rules);

/// Makes of SRC what the rules make of the part of it that --strip-wrappers and --from-prefix
/// leave, and tells `names` where each key comes from. `states` follow, or the edit is refused, as
/// for remap. False when problems that were reported forbid it. Throws as rules and optim::carry()
/// do.
bool apply_rules(Checkpoint& source, const LoadedRules& loaded, const RuleUse& use,
                 const SourceStates& states, SourceNames& names, cli::Console& console);

}  // namespace ckpt::commands
