// Small text files that options name: rules, orders, configs.
#pragma once

#include <filesystem>
#include <string>

namespace ckpt::commands {

/// The whole file. Throws Error{io}, Error{limit} for a file
/// that is too large to be text written by people.
std::string read_text_file(const std::filesystem::path& path);

}  // namespace ckpt::commands
