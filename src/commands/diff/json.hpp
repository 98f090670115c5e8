// `ckpt diff --json`, schema "ckpt.diff/1"; the README describes it.
#pragma once

#include "cli/console.hpp"
#include "commands/diff/report.hpp"

namespace ckpt::commands {

void print_diff_json(const DiffReport& report, cli::Console& console);

}  // namespace ckpt::commands
