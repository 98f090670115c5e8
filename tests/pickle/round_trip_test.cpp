// The pickles of files that torch wrote come back byte for byte.
#include <filesystem>
#include <string>

#include "ckpt/base/file.hpp"
#include "ckpt/zip/archive.hpp"
#include "pickle_samples.hpp"

namespace ckpt::pickle {

namespace {

constexpr std::uint64_t most_pickle_bytes = 64 << 20;

struct Sample {
  std::string path;
  std::string pickle;
};

/// The data.pkl of each readable archive in testdata/torch-*.
std::vector<Sample> read_samples() {
  std::vector<Sample> samples;
  for (const auto& folder : std::filesystem::directory_iterator(CKPT_TESTDATA_DIR)) {
    if (!folder.path().filename().string().starts_with("torch-")) continue;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() != ".pt") continue;
      try {
        const zip::Archive archive(File::open(file.path()));
        for (const zip::Entry& entry : archive.entries())
          if (entry.name.ends_with("/data.pkl"))
            samples.push_back({file.path().string(),
                               std::string(as_text(archive.read(entry, most_pickle_bytes)))});
      } catch (const Error&) {
        continue;  // not a zip, or a damaged one: others test those
      }
    }
  }
  return samples;
}

}  // namespace

TEST_CASE("the pickle of a file that torch wrote at protocol 2 is written as it was") {
  std::size_t protocol2_count = 0;
  for (const Sample& sample : read_samples()) {
    CAPTURE(sample.path);
    if (samples::unpickle_text(sample.pickle).protocol != 2) continue;
    CHECK((samples::repickled(sample.pickle) == sample.pickle));
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
  const std::vector<Sample> all_samples = read_samples();
  const auto find = [&](std::string_view folder, std::string_view name) {
    for (const Sample& sample : all_samples)
      if (sample.path.ends_with(concat(folder, '/', name))) return sample.pickle;
    return std::string();
  };
  for (const Pair& pair : pairs) {
    const std::string expected = find("torch-1.13", pair.protocol2);
    REQUIRE_FALSE(expected.empty());
    CHECK((samples::repickled(find("torch-1.13", pair.other)) == expected));
  }
}

}  // namespace ckpt::pickle
