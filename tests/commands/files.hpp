// Files of testdata, and a folder of its own for every test that writes.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/temporary_folder.hpp"

namespace ckpt::files {

namespace fs = std::filesystem;

inline std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// testdata/torch-1.13 and testdata/torch-2.13.
inline std::vector<fs::path> generations() {
  std::vector<fs::path> folders;
  for (const char* name : {"torch-1.13", "torch-2.13"})
    folders.push_back(fs::path(CKPT_TESTDATA_DIR) / name);
  return folders;
}

/// The zips of torch.save that lie directly in a folder, sorted.
inline std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> paths;
  if (!fs::exists(folder)) return paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    const bool is_named = extension == ".pt" || extension == ".pth" || extension == ".bin";
    if (is_named && read(entry.path()).starts_with("PK\3\4")) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

using Folder = test::TemporaryFolder;

}  // namespace ckpt::files
