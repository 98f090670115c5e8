// The end of every command that writes: the file whole under its name, and one line that counts.
#pragma once

#include <string>

#include "cli/common_options.hpp"
#include "cli/console.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// The options of cli::declare_output() for a command that writes a checkpoint: a name that
/// promises a container which ckpt does not write is refused.
void declare_saving(cli::Options& options, cli::OutputOptions& output,
                    cli::InPlace in_place = cli::InPlace::refused);

enum class Change { none, some };

struct Edit {
  Change change = Change::none;  ///< none: the output is the input, byte for byte
  std::string counts;            ///< "148 tensors renamed, 0 dropped"
};

/// Saves the edited tree, or says what would be saved with --dry-run.
void finish_edit(const Checkpoint& checkpoint, const cli::OutputOptions& output, const Edit& edit,
                 cli::Console& console);

}  // namespace ckpt::commands
