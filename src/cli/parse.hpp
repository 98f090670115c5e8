// Assigns the words of a command line to the members of a command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace ckpt::cli {

/// Parses `words`, the command line after the name of the command. Values reach their targets in
/// command line order, positional arguments last; then relations and checks are verified. `--` ends
/// the options. `help_hint` says where the options are listed.
///
/// Throws Error{usage}. With --help, parsing stops and `wants_help` is returned.
struct ParseRequest {
  std::string_view command;  ///< "ls", "optim merge": the place in messages
  std::string usage_line;    ///< the hint when arguments are missing or there are too many
  std::vector<std::string> words;
};

enum class Parsed { ready, wants_help };

Parsed parse(const Options& options, const ParseRequest& request);

}  // namespace ckpt::cli
