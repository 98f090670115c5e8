// The program: from the words of a command line to an exit code.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace ckpt::cli {

/// What main() returns: 0, 1 or 2 of ExitCode. Errors are printed on stderr, never thrown.
/// When the reader of stdout goes away, the program ends quietly with 2: not everything was said,
/// and scripts with pipefail learn it as they would of any other program that SIGPIPE ends.
int run(int argc, const char* const* argv, std::span<const CommandRow> commands);

/// The same on given streams; `words` without the name of the program.
ExitCode run(const std::vector<std::string>& words, std::span<const CommandRow> commands,
             Console& console);

/// Declares what every command has: --help, --color, -q, -v.
void declare_console(Options& options, ConsoleOptions& console);

}  // namespace ckpt::cli
