#include "commands/commands.hpp"

#include <array>

#include "commands/filter.hpp"
#include "commands/info.hpp"
#include "commands/ls.hpp"
#include "commands/remap.hpp"
#include "commands/show.hpp"

namespace ckpt::commands {

std::span<const cli::CommandRow> command_rows() {
  static constexpr std::array rows{
      cli::CommandRow{"", "", nullptr, "look into a file"},
      cli::CommandRow{"", "info", make_info},
      cli::CommandRow{"", "ls", make_ls},
      cli::CommandRow{"", "show", make_show},
      cli::CommandRow{"", "", nullptr, "write another file"},
      cli::CommandRow{"", "filter", make_filter},
      cli::CommandRow{"", "remap", make_remap},
  };
  return rows;
}

}  // namespace ckpt::commands
