#include "commands/commands.hpp"

#include <array>

#include "commands/check.hpp"
#include "commands/compact.hpp"
#include "commands/copy.hpp"
#include "commands/diff.hpp"
#include "commands/filter.hpp"
#include "commands/hash.hpp"
#include "commands/info.hpp"
#include "commands/ls.hpp"
#include "commands/match.hpp"
#include "commands/optim.hpp"
#include "commands/recover.hpp"
#include "commands/remap.hpp"
#include "commands/set.hpp"
#include "commands/show.hpp"

namespace ckpt::commands {

std::span<const cli::CommandRow> command_rows() {
  static constexpr std::array rows{
      cli::CommandRow{"", "", nullptr, "look into a file"},
      cli::CommandRow{"", "info", make_info},
      cli::CommandRow{"", "ls", make_ls},
      cli::CommandRow{"", "show", make_show},
      cli::CommandRow{"", "diff", make_diff},
      cli::CommandRow{"", "hash", make_hash},
      cli::CommandRow{"", "check", make_check},
      cli::CommandRow{"", "match", make_match},
      cli::CommandRow{"", "", nullptr, "write another file"},
      cli::CommandRow{"", "filter", make_filter},
      cli::CommandRow{"", "copy", make_copy},
      cli::CommandRow{"", "remap", make_remap},
      cli::CommandRow{"remap", "check", make_remap_check},
      cli::CommandRow{"remap", "explain", make_remap_explain},
      cli::CommandRow{"", "optim", nullptr, "optimizer state: list, name, drop, reset, merge"},
      cli::CommandRow{"optim", "ls", make_optim_ls},
      cli::CommandRow{"optim", "names", make_optim_names},
      cli::CommandRow{"optim", "drop", make_optim_drop},
      cli::CommandRow{"optim", "reset", make_optim_reset},
      cli::CommandRow{"optim", "merge", make_optim_merge},
      cli::CommandRow{"", "set", make_set},
      cli::CommandRow{"", "compact", make_compact},
      cli::CommandRow{"", "recover", make_recover},
  };
  return rows;
}

}  // namespace ckpt::commands
