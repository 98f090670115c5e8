// From the words of a command line to the members of a command, by what it declared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/options.hpp"

namespace ckpt::cli {

/// Gives every value in `words` (the command line after the command's own name) to its target, in
/// the order of the command line, positionals last; then relations and checks are verified.
/// `--` ends the options. `help_hint` says where the options are listed.
///
/// Throws Error{usage}. A line that holds --help is read no further: `wants_help` is set.
struct ParseRequest {
  std::string_view command;  ///< "ls", "optim merge": the place in messages
  std::string usage_line;    ///< the hint when arguments are missing or too many
  std::vector<std::string> words;
};

enum class Parsed { ready, wants_help };

Parsed parse(const Options& options, const ParseRequest& request);

}  // namespace ckpt::cli
