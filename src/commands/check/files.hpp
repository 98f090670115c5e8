// The files that `ckpt check FILE|DIR...` means.
#pragma once

#include <filesystem>
#include <vector>

namespace ckpt::commands {

enum class Recursion { no, yes };

struct FilesToCheck {
  std::vector<std::filesystem::path> paths;
  std::uint64_t left_out = 0;  ///< files of folders whose names promise no model
};

/// Files as they are given; of a folder those whose names end as those of models do (.pt, .bin,
/// .safetensors, ...), sorted by name; with recursion those of the folders below it too, but for
/// links to folders. Throws Error{io} when a folder cannot be read.
FilesToCheck find_files(const std::vector<std::filesystem::path>& given, Recursion recursion);

}  // namespace ckpt::commands
