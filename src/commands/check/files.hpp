// Lists the files that `ckpt check FILE|DIR...` refers to.
#pragma once

#include <filesystem>
#include <vector>

namespace ckpt::commands {

enum class Recursion { no, yes };

struct FilesToCheck {
  std::vector<std::filesystem::path> paths;
  std::uint64_t left_out = 0;  ///< files in folders whose names do not end like those of models
};

/// Given files are taken as they are. Of a folder, files with the endings of models (.pt, .bin,
/// .safetensors, ...) are taken, sorted by name; with recursion also those in its subfolders,
/// without following links to folders. Throws Error{io} when a folder cannot be read.
FilesToCheck find_files(const std::vector<std::filesystem::path>& given, Recursion recursion);

}  // namespace ckpt::commands
