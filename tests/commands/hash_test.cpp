// `ckpt hash`: the tensors decide, not the file around them.
#include <doctest/doctest.h>

#include "commands/files.hpp"
#include "commands/program.hpp"

namespace {

namespace fs = std::filesystem;

fs::path testdata(const std::string& name) {
  return fs::path(CKPT_TESTDATA_DIR) / "torch-2.13" / name;
}

/// The digits of the hash that the program prints for a file.
std::string hash_of(const fs::path& file, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"hash", file.string()});
  const auto outcome = ckpt::program::run(options);
  REQUIRE(outcome.code == ckpt::cli::ExitCode::done);
  const std::size_t gap = outcome.out.find("  ");
  REQUIRE(outcome.out.substr(gap) == "  " + file.string() + "\n");
  return outcome.out.substr(0, gap);
}

}  // namespace

TEST_CASE("a hash is 32 hexadecimal digits, or 64 of SHA-256") {
  const std::string hash = hash_of(testdata("plain.pt"));
  CHECK(hash.size() == 32);
  CHECK(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(hash_of(testdata("plain.pt"), {"--sha256"}).size() == 64);
}

TEST_CASE("the same tensors have the same hash in any file") {
  // torch saved the model of training.pt alone.
  CHECK(hash_of(testdata("training.pt")) == hash_of(testdata("edits/training.model_only.pt")));
}

TEST_CASE("another name gives another hash") {
  CHECK(hash_of(testdata("plain.pt")) != hash_of(testdata("edits/plain.renamed.pt")));
}
