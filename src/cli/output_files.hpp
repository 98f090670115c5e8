// Refuses outputs that are inputs: a command must not replace a file that it reads.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/options.hpp"

namespace ckpt::cli {

/// Throws Error{usage} when `output` exists and is the same file as one of `inputs`, whatever its
/// name; symbolic and hard links count as the file that they lead to.
void refuse_input_as_output(const std::filesystem::path& output,
                            const std::vector<std::filesystem::path>& inputs);

/// The same for all outputs and inputs on the command line.
void refuse_inputs_as_outputs(const Options& options);

}  // namespace ckpt::cli
