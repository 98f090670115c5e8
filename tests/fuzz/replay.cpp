// Runs a fuzz target over files, as an ordinary test: the seeds, and whatever once broke it.
//
//   replay_TARGET FILE|FOLDER...
//
// Every file is also tried with its end missing, at a few lengths.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "zip/zip_samples.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

void run(const std::string& bytes, std::size_t size_bytes) {
  // A copy of its own size, so that a sanitizer sees a read beyond the end.
  const std::vector<std::uint8_t> exact(bytes.begin(),
                                        bytes.begin() + static_cast<std::ptrdiff_t>(size_bytes));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    for (const fs::path& file : files_below(argv[i])) {
      std::fprintf(stderr, "%s\n", file.c_str());  // the last one named is the one that broke it
      const std::string bytes = ckpt::test::read_file(file);
      run(bytes, bytes.size());
      for (std::size_t part = 1; part < 4; ++part) run(bytes, bytes.size() * part / 4);
      ++count;
    }
  }
  std::printf("%zu files\n", count);
  return count > 0 ? 0 : 1;
}
