#include "ckpt/formats/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"
#include "formats/sniff_samples.hpp"

namespace ckpt::formats {

namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  const auto file = File::open(path);
  return std::string(as_text(file->read_bytes(0, file->size_bytes())));
}

/// A file of the given bytes that is checked, and goes with the test.
class Sample {
 public:
  explicit Sample(std::string bytes) : bytes_(std::move(bytes)) {}

  Checked check(Depth depth = Depth::every_byte) const {
    test::write_file(folder_.path() / "sample.pt", bytes_);
    return check_file(folder_.path() / "sample.pt", {.depth = depth});
  }
  std::string& bytes() { return bytes_; }

 private:
  test::TemporaryFolder folder_;
  std::string bytes_;
};

fs::path testdata(std::string_view name) { return fs::path(CKPT_TESTDATA_DIR) / name; }

bool names_something(const Checked& checked) {
  return std::ranges::any_of(checked.problems, [](const Problem& problem) {
    return !problem.what.empty();
  });
}

/// Flips every bit; returns those that were not found, as "byte 5, bit 3".
std::vector<std::string> find_missed_flips(const fs::path& path) {
  Sample sample(read_file(path));
  std::vector<std::string> missed;
  for (std::size_t byte = 0; byte < sample.bytes().size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      sample.bytes()[byte] = static_cast<char>(sample.bytes()[byte] ^ (1 << bit));
      const Checked checked = sample.check();
      if (checked.verdict == Verdict::ok || !names_something(checked))
        missed.push_back(concat("byte ", byte, ", bit ", bit));
      sample.bytes()[byte] = static_cast<char>(sample.bytes()[byte] ^ (1 << bit));
    }
  }
  return missed;
}

}  // namespace

TEST_CASE("a flip of any bit of a checkpoint is found and named") {
  for (const std::string_view name : {"torch-2.13/tied.pt", "torch-1.13/plain.pt"})
    CHECK_EQ(join(find_missed_flips(testdata(name)), "; "), "");
}

}  // namespace ckpt::formats
