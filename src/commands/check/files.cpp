#include "commands/check/files.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::commands {

namespace {

namespace fs = std::filesystem;

constexpr auto endings = std::to_array<std::string_view>(
    {".pt",   ".pth",   ".ckpt",  ".bin", ".pkl",   ".pickle",  ".pk",     ".p",
     ".tar",  ".th",    ".t7",    ".pt2", ".ptl",   ".pte",     ".ff",     ".jit",
     ".ts",   ".torch", ".model", ".mar", ".state", ".weights", ".params", ".safetensors",
     ".gguf", ".npz",   ".npy",   ".h5",  ".hdf5",  ".onnx",    ".distcp", ".joblib",
     ".dill", ".dat",   ".data",  ".zip", ".tgz",   ".nemo"});
/// Behind one of these endings: model.tar.gz, but not log.gz.
constexpr auto packed_endings =
    std::to_array<std::string_view>({".gz", ".z", ".bz2", ".xz", ".lzma", ".zst", ".lz4"});

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return ending;
}

bool promises_model(const fs::path& path) {
  const std::string ending = ending_of(path);
  const auto is_among_endings = [](const std::string& text) {
    return std::ranges::find(endings, text) != endings.end();
  };
  if (std::ranges::find(packed_endings, ending) != packed_endings.end())
    return is_among_endings(ending_of(path.stem()));
  return ending.empty() || is_among_endings(ending);
}

/// Subfolders are kept in a list; nothing recurses.
class Folder {
 public:
  explicit Folder(Recursion recursion) : recursion_(recursion) {}

  void add_files(const fs::path& start, FilesToCheck& files) {
    std::vector<fs::path> found;
    std::vector<fs::path> open{start};
    while (!open.empty()) {
      const fs::path folder = std::move(open.back());
      open.pop_back();
      std::error_code error;
      for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        add(*at, found, open, files);
      if (error) throw_system_error(folder, error.value());
    }
    std::ranges::sort(found);
    files.paths.insert(files.paths.end(), found.begin(), found.end());
  }

 private:
  void add(const fs::directory_entry& entry, std::vector<fs::path>& found,
           std::vector<fs::path>& open, FilesToCheck& files) const {
    std::error_code ignored;  // a file that disappeared meanwhile is skipped
    if (entry.is_directory(ignored)) {
      if (recursion_ == Recursion::yes && !entry.is_symlink(ignored)) open.push_back(entry.path());
    } else if (entry.is_regular_file(ignored)) {
      if (promises_model(entry.path()))
        found.push_back(entry.path());
      else
        ++files.left_out;
    }
  }

  Recursion recursion_;
};

}  // namespace

FilesToCheck find_files(const std::vector<fs::path>& given, Recursion recursion) {
  FilesToCheck files;
  for (const fs::path& path : given) {
    std::error_code ignored;  // opening the file reports the error
    if (fs::is_directory(path, ignored))
      Folder(recursion).add_files(path, files);
    else
      files.paths.push_back(path);
  }
  return files;
}

}  // namespace ckpt::commands
