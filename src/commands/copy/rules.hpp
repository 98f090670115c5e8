// Applies rules to names, shapes and values of SRC in `ckpt copy`: in memory and before pairing, as
// `ckpt remap` applies them to a file.
#pragma once

#include "cli/console.hpp"
#include "commands/copy/optimizer.hpp"
#include "commands/copy/side.hpp"
#include "commands/shared/rule_options.hpp"

namespace ckpt::commands {

struct CopyRules {
  RuleOptions rules;
  RuleUse use;
};

/// --rules, -e, --preset, -D, --config, --reverse, --keep-unmatched.
void declare_copy_rules(cli::Options& options, CopyRules& rules);
/// Throws Error{usage} for options about rules when there are no rules.
void check_copy_rules(const CopyRules& rules);

/// Applies the rules to the part of SRC that --strip-wrappers and --from-prefix select, and tells
/// `names` which keys each new key comes from. Optimizers (`states`) follow as in remap, or the
/// edit is refused. Returns false when reported problems forbid it. Throws as rules and
/// optim::carry() do.
bool apply_rules(Checkpoint& source, const LoadedRules& loaded, const RuleUse& use,
                 const SourceStates& states, SourceNames& names, cli::Console& console);

}  // namespace ckpt::commands
