// The pickles of files that torch wrote come back byte for byte.
#include <filesystem>
#include <string>

#include "ckpt/base/file.hpp"
#include "ckpt/zip/archive.hpp"
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

constexpr std::uint64_t most_pickle_bytes = 64 << 20;

/// The data.pkl of each readable archive in testdata/torch-*, with the name of its file.
std::vector<std::pair<std::string, std::string>> read_pickles() {
  std::vector<std::pair<std::string, std::string>> pickles;
  for (const auto& folder : std::filesystem::directory_iterator(CKPT_TESTDATA_DIR)) {
    if (!folder.path().filename().string().starts_with("torch-")) continue;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() != ".pt") continue;
      try {
        const zip::Archive archive(File::open(file.path()));
        for (const zip::Entry& entry : archive.entries())
          if (entry.name.ends_with("/data.pkl"))
            pickles.emplace_back(file.path().string(),
                                 as_text(archive.read(entry, most_pickle_bytes)));
      } catch (const Error&) {
        continue;  // not a zip, or a damaged one: others test those
      }
    }
  }
  return pickles;
}

}  // namespace

TEST_CASE("the pickle of a file that torch wrote at protocol 2 is written as it was") {
  std::size_t protocol2_count = 0;
  for (const auto& [path, pickle] : read_pickles()) {
    CAPTURE(path);
    if (samples::unpickle_text(pickle).protocol != 2) continue;
    CHECK((samples::repickled(pickle) == pickle));
    ++protocol2_count;
  }
  CHECK(protocol2_count > 50);
}

TEST_CASE("a file of another protocol is written as torch writes the same objects at protocol 2") {
  struct Pair {
    const char* other;
    const char* protocol2;
  };
  constexpr Pair pairs[] = {{"protocol4_training.pt", "training.pt"}, {"protocol5.pt", "plain.pt"}};
  const auto pickles = read_pickles();
  const auto find = [&](std::string_view folder, std::string_view name) {
    for (const auto& [path, pickle] : pickles)
      if (path.ends_with(concat(folder, '/', name))) return pickle;
    return std::string();
  };
  for (const Pair& pair : pairs) {
    const std::string expected = find("torch-1.13", pair.protocol2);
    REQUIRE_FALSE(expected.empty());
    CHECK((samples::repickled(find("torch-1.13", pair.other)) == expected));
  }
}

}  // namespace ckpt::pickle
