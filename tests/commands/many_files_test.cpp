// Commands that take many files have few of them open at a time.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "commands/files.hpp"
#include "commands/program.hpp"

namespace {

namespace fs = std::filesystem;
namespace files = ckpt::files;

/// What `ulimit -n` sets, while it lives.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t most) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit now{most, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;

 private:
  rlimit before_{};
};

constexpr int file_count = 1200;
constexpr rlim_t most_descriptors = 64;

/// A file of each kind that is opened in its own way, under many names.
void fill(const fs::path& folder) {
  const fs::path originals = fs::path(CKPT_TESTDATA_DIR) / "torch-2.13";
  files::write(folder / "cut.pt", files::read(originals / "plain.pt").substr(0, 1500));
  files::write(folder / "plain.pt", files::read(originals / "plain.pt"));
  files::write(folder / "legacy.pt", files::read(originals / "legacy.pt"));
  for (int i = 0; i < file_count; ++i) {
    const char* const name = i % 10 == 0 ? "cut.pt" : i % 10 == 1 ? "legacy.pt" : "plain.pt";
    fs::create_hard_link(folder / name, folder / (std::to_string(i) + ".pt"));
  }
}

}  // namespace

TEST_CASE("a folder of more files than may be open is checked") {
  const files::Folder folder;
  fill(folder.path());
  const DescriptorLimit limit(most_descriptors);
  const auto outcome = ckpt::program::run({"check", folder.path().string(), "--crc", "--finite"});
  CHECK(outcome.err == "1203 files checked, 1082 ok\n");
  CHECK(outcome.code == ckpt::cli::ExitCode::no);
  CHECK(outcome.out.find("open files") == std::string::npos);
}

TEST_CASE("info and hash take more files than may be open") {
  const files::Folder folder;
  const std::string file = (folder.path() / "plain.pt").string();
  files::write(file, files::read(fs::path(CKPT_TESTDATA_DIR) / "torch-2.13/plain.pt"));
  const DescriptorLimit limit(most_descriptors);
  for (const char* const command : {"info", "hash"}) {
    std::vector<std::string> words{command};
    words.insert(words.end(), file_count, file);
    const auto outcome = ckpt::program::run(words);
    CHECK(outcome.err == "");
    CHECK(outcome.code == ckpt::cli::ExitCode::done);
  }
}
