// Small text files that options name: rules, orders, configs, reports.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "ckpt/base/atomic_file.hpp"

namespace ckpt::commands {

/// The whole file. Throws Error{io}, Error{limit} for a file too large to be written by a person,
/// Error{usage} for a file that is not text. Messages name the file.
std::string read_text_file(const std::filesystem::path& path);

/// Whether the file can be read only once, such as a pipe from <(...) of a shell.
bool is_stream(const std::filesystem::path& path);

/// Writes the file completely or not at all. Throws as AtomicFile does.
void write_text_file(const std::filesystem::path& path, std::string_view text, Overwrite overwrite);

}  // namespace ckpt::commands
