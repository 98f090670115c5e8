// Outputs that are inputs: a command must not replace what it reads.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/options.hpp"

namespace ckpt::cli {

/// Throws Error{usage} when `output` exists and is one of `inputs`, under whatever name: links of
/// both kinds are the file that they lead to.
void refuse_input_as_output(const std::filesystem::path& output,
                            const std::vector<std::filesystem::path>& inputs);

/// The same for every output and input that the command line named.
void refuse_inputs_as_outputs(const Options& options);

}  // namespace ckpt::cli
