// Runs the program: from the words of the command line to an exit code.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace ckpt::cli {

/// Returns the exit code for main(): 0, 1 or 2 (ExitCode). Errors are printed to stderr, never
/// thrown. When the reader of stdout goes away, the program ends quietly with 2: not everything was
/// printed, and scripts with pipefail notice it, as with a program that SIGPIPE ends.
int run(int argc, const char* const* argv, std::span<const CommandRow> commands);

/// The same on given streams. `words` excludes the name of the program.
ExitCode run(const std::vector<std::string>& words, std::span<const CommandRow> commands,
             Console& console);

/// Declares the options of every command: --help, --color, -q, -v.
void declare_console(Options& options, ConsoleOptions& console);

}  // namespace ckpt::cli
