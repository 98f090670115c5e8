// The end of every command that writes: saves the file atomically and prints one line with counts.
#pragma once

#include <string>

#include "cli/common_options.hpp"
#include "cli/console.hpp"
#include "commands/shared/checkpoint.hpp"

namespace ckpt::commands {

/// The options of cli::declare_output() for a command that writes a checkpoint. Refuses an output
/// name whose ending promises a container that ckpt does not write.
void declare_saving(cli::Options& options, cli::OutputOptions& output,
                    cli::InPlace in_place = cli::InPlace::refused);

enum class Change { none, some };

struct Edit {
  Change change = Change::none;  ///< none: the output equals the input, byte for byte
  std::string counts;            ///< "148 tensors renamed, 0 dropped"
};

/// Saves the edited tree; with --dry-run, only says what would be saved.
void finish_edit(const Checkpoint& checkpoint, const cli::OutputOptions& output, const Edit& edit,
                 cli::Console& console);

}  // namespace ckpt::commands
