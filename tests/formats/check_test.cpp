#include "ckpt/formats/check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "../zip/zip_samples.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt::formats {

namespace {

namespace fs = std::filesystem;

fs::path testdata(std::string_view name) { return fs::path(CKPT_TESTDATA_DIR) / name; }

/// A copy of a file that is changed byte by byte, in place.
class Victim {
 public:
  explicit Victim(const fs::path& original) : bytes_(test::read_file(original)) {
    test::write_file(path(), bytes_);
  }

  std::size_t size() const { return bytes_.size(); }
  void flip(std::size_t byte, int bit) {
    bytes_[byte] = static_cast<char>(bytes_[byte] ^ (1 << bit));
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(byte)).put(bytes_[byte]);
  }
  Checked check() const { return check_file(path(), {.depth = Depth::every_byte}); }

 private:
  fs::path path() const { return folder_.path() / "victim.pt"; }

  test::TemporaryFolder folder_;
  std::string bytes_;
};

bool is_found_and_named(const Checked& checked) {
  return checked.verdict != Verdict::ok &&
         std::ranges::any_of(checked.problems,
                             [](const Problem& problem) { return !problem.what.empty(); });
}

enum class Bits { one_a_byte, all };

/// Flips bits; returns those that were not found, as "byte 5, bit 3".
std::string find_missed_flips(const fs::path& original, Bits bits) {
  Victim victim(original);
  std::vector<std::string> missed;
  for (std::size_t byte = 0; byte < victim.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      if (bits == Bits::one_a_byte && bit != static_cast<int>(byte % 8)) continue;
      victim.flip(byte, bit);
      if (!is_found_and_named(victim.check()))
        missed.push_back(concat("byte ", byte, ", bit ", bit));
      victim.flip(byte, bit);
    }
  }
  return join(missed, "; ");
}

Checked check_named(std::string_view name) {
  return check_file(testdata(name), {.depth = Depth::every_byte});
}

}  // namespace

TEST_CASE("a flipped bit in any byte of a checkpoint is found and named") {
  for (const std::string_view name : {"torch-2.13/tied.pt", "torch-1.13/plain.pt"})
    CHECK_EQ(find_missed_flips(testdata(name), Bits::one_a_byte), "");
}

// A minute; by hand: unit_tests --no-skip -tc="every flip*"
TEST_CASE("every flip of a bit of a checkpoint of 10 kB is found and named" * doctest::skip()) {
  CHECK_EQ(find_missed_flips(testdata("torch-2.13/training.pt"), Bits::all), "");
}

TEST_CASE("a flip in a payload names the record and its tensors") {
  Victim victim(testdata("torch-2.13/tied.pt"));
  const std::string bytes = test::read_file(testdata("torch-2.13/tied.pt"));
  const zip::Archive archive(File::open(testdata("torch-2.13/tied.pt")));
  victim.flip(archive.payload(*archive.find("tied/data/0")).offset, 0);
  const Checked checked = victim.check();
  CHECK_EQ(checked.verdict, Verdict::damaged);
  REQUIRE_EQ(checked.problems.size(), 1);
  CHECK_EQ(checked.problems[0].record, "data/0");
  CHECK_EQ(join(checked.problems[0].tensors, " "), "embed.weight lm_head.weight");
}

TEST_CASE("what torch wrote is whole") {
  for (const std::string_view name : {"torch-2.13/plain.pt", "torch-1.13/views.pt",
                                      "torch-2.13/many_1001.pt", "torch-2.13/legacy_views.pt"}) {
    const Checked checked = check_named(name);
    CHECK_EQ(checked.verdict, Verdict::ok);
    CHECK(checked.safety.is_safe());
    CHECK_EQ(checked.loading.weights_only_refusal, "");
  }
}

TEST_CASE("records without a CRC are said to be unverifiable") {
  const Checked checked = check_named("torch-2.13/crc_off.pt");
  CHECK_EQ(checked.verdict, Verdict::ok);
  CHECK_EQ(join(checked.remarks, ""), "10 records have no CRC-32 and cannot be verified");
}

TEST_CASE("a file that is cut anywhere is never ok") {
  const std::string bytes = test::read_file(testdata("torch-2.13/tied.pt"));
  const test::TemporaryFolder folder;
  const fs::path path = folder.path() / "cut.pt";
  test::write_file(path, bytes);
  for (std::size_t length = bytes.size(); length-- > 0;) {
    fs::resize_file(path, length);
    CHECK_NE(check_file(path, {}).verdict, Verdict::ok);
  }
}

TEST_CASE("a cut file says how much is missing") {
  const std::string bytes = test::read_file(testdata("torch-2.13/many_tensors.pt"));
  const test::TemporaryFolder folder;
  test::write_file(folder.path() / "cut.pt", std::string_view(bytes).substr(0, bytes.size() - 100));
  const Checked checked = check_file(folder.path() / "cut.pt", {});
  CHECK_EQ(checked.verdict, Verdict::truncated);
  REQUIRE_EQ(checked.problems.size(), 1);
  CHECK(checked.problems[0].what.starts_with(
      concat("100 of ", bytes.size(), " bytes are missing; ")));
}

}  // namespace ckpt::formats
