// `ckpt diff` for people: a screen of differences and a summary, one line, or an outline of
// modules.
#pragma once

#include "cli/console.hpp"
#include "commands/diff/report.hpp"

namespace ckpt::commands {

enum class Listed { screenful, all };

void print_diff(const DiffReport& report, Listed listed, cli::Console& console);
/// One line, as `git diff --shortstat` has it.
void print_diff_stat(const DiffReport& report, cli::Console& console);
/// The one difference of --first, or nothing.
void print_first_difference(const DiffReport& report, cli::Console& console);
/// Per module: how many of its tensors differ, and by how much.
void print_diff_tree(const DiffReport& report, cli::Console& console);

}  // namespace ckpt::commands
