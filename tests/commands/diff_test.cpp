// `ckpt diff` on files between which torch made a known edit (testdata/make.py), and its exit
// codes.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "commands/files.hpp"
#include "commands/program.hpp"

namespace {

using ckpt::cli::ExitCode;

std::string testdata(const std::string& name) {
  return (std::filesystem::path(CKPT_TESTDATA_DIR) / "torch-2.13" / name).string();
}

ckpt::program::Outcome diff(const std::string& a, const std::string& b) {
  return ckpt::program::run({"diff", "--json", testdata(a), testdata(b)});
}

}  // namespace

TEST_CASE("a file is the same as itself") {
  const auto outcome = diff("training.pt", "training.pt");
  CHECK(outcome.code == ExitCode::done);
  CHECK(nlohmann::json::parse(outcome.out)["same"] == true);
}

TEST_CASE("tensors under other names are renamed, not removed and added") {
  const auto outcome = diff("plain.pt", "edits/plain.renamed.pt");
  CHECK(outcome.code == ExitCode::no);
  const auto tensors = nlohmann::json::parse(outcome.out)["tensors"];
  CHECK(tensors["renamed"] == 2);  // fc.weight and fc.bias
  CHECK(tensors["added"] == 0);
  CHECK(tensors["removed"] == 0);
}

TEST_CASE("dropped tensors are removed") {
  const auto outcome = diff("plain.pt", "edits/plain.drop_fc.pt");
  CHECK(outcome.code == ExitCode::no);
  const auto tensors = nlohmann::json::parse(outcome.out)["tensors"];
  CHECK(tensors["removed"] == 2);
  CHECK(tensors["changed"] == 0);
}

TEST_CASE("a file that cannot be read is no difference") {
  CHECK(diff("no_such_file.pt", "plain.pt").code == ExitCode::not_done);
}
