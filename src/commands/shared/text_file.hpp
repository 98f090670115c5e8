// Small text files that options name: rules, orders, configs, reports.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "ckpt/base/atomic_file.hpp"

namespace ckpt::commands {

/// The whole file. Throws Error{io}, Error{limit} for a file that is too large to be text written
/// by people, Error{usage} for one that is no text; their messages name it.
std::string read_text_file(const std::filesystem::path& path);

/// Whether it can be read once only: a pipe, such as <(...) of a shell.
bool is_stream(const std::filesystem::path& path);

/// Whole or not at all; errors as AtomicFile.
void write_text_file(const std::filesystem::path& path, std::string_view text, Overwrite overwrite);

}  // namespace ckpt::commands
