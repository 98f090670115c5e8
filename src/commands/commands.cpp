#include "commands/commands.hpp"

#include <array>

namespace ckpt::commands {

namespace {

/// A command that people look for under other names.
constexpr cli::CommandRow row(std::string_view name, std::unique_ptr<cli::Command> (*make)(),
                              std::string_view synonyms) {
  return {.group = "", .name = name, .make = make, .synonyms = synonyms};
}

}  // namespace

std::span<const cli::CommandRow> command_rows() {
  static constexpr std::array rows{
      cli::CommandRow{"", "", nullptr, "look into a file"},
      row("info", make_info, "inspect describe summary stat file"),
      row("ls", make_ls, "list keys tree dir"),
      row("show", make_show, "get cat print dump read"),
      row("diff", make_diff, "compare cmp"),
      row("hash", make_hash, "sum checksum sha256 digest"),
      row("check", make_check, "verify validate scan test"),
      row("match", make_match, "align"),
      cli::CommandRow{"", "", nullptr, "write another file"},
      row("filter", make_filter, "rm remove delete drop keep extract prune select"),
      row("copy", make_copy, "cp load transfer"),
      row("remap", make_remap, "mv move rename strip convert map cast"),
      cli::CommandRow{"remap", "check", make_remap_check},
      cli::CommandRow{"remap", "explain", make_remap_explain},
      cli::CommandRow{"", "optim", nullptr, "optimizer state: list, name, drop, reset, merge"},
      cli::CommandRow{"optim", "ls", make_optim_ls},
      cli::CommandRow{"optim", "names", make_optim_names},
      cli::CommandRow{"optim", "drop", make_optim_drop},
      cli::CommandRow{"optim", "reset", make_optim_reset},
      cli::CommandRow{"optim", "merge", make_optim_merge, "", "merge average avg mean join soup"},
      row("set", make_set, "edit put assign"),
      row("compact", make_compact, "shrink gc vacuum"),
      row("recover", make_recover, "undo"),
  };
  return rows;
}

}  // namespace ckpt::commands
