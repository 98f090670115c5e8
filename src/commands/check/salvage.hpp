// ckpt check FILE --salvage OUT: writes the recoverable tensors as a file that loads.
#pragma once

#include <filesystem>
#include <optional>

#include "ckpt/base/atomic_file.hpp"
#include "cli/common_options.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"

namespace ckpt::commands {

struct SalvageOptions {
  std::optional<std::filesystem::path> output;
  std::optional<std::filesystem::path> older;
  Overwrite overwrite = Overwrite::no;
};

/// Lists every tensor of `file` as saved, filled or lost; returns `no` when any was lost. Throws
/// Error{malformed} when nothing can be recovered.
cli::ExitCode salvage(const std::filesystem::path& file, const SalvageOptions& options,
                      const cli::PrintOptions& print, cli::Console& console);

}  // namespace ckpt::commands
