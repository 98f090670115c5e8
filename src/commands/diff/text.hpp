// The text output of `ckpt diff`: a screen of differences with a summary, one line, or an outline
// of modules.
#pragma once

#include "cli/console.hpp"
#include "commands/diff/report.hpp"

namespace ckpt::commands {

enum class Listed { screenful, all };

void print_diff(const DiffReport& report, Listed listed, cli::Console& console);
/// One line, as in `git diff --shortstat`.
void print_diff_stat(const DiffReport& report, cli::Console& console);
/// The difference of --first; prints nothing when there is none.
void print_first_difference(const DiffReport& report, cli::Console& console);
/// For each module, how many of its tensors differ and by how much.
void print_diff_tree(const DiffReport& report, cli::Console& console);

}  // namespace ckpt::commands
