// `ckpt match --json`: one object, schema ckpt.match/1.
#pragma once

#include "cli/console.hpp"
#include "commands/match_report.hpp"

namespace ckpt::commands {

void print_match_json(const MatchReport& report, cli::Console& console);

}  // namespace ckpt::commands
