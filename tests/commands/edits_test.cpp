// Edits whose results torch wrote: load, change the dict, torch.save (testdata/make.py).
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "commands/files.hpp"
#include "commands/program.hpp"

namespace {

namespace fs = std::filesystem;
using ckpt::files::Folder;
using ckpt::program::Outcome;

/// The name half of .data/serialization_id depends on the C++ library that wrote it.
std::string without_name_hash(std::string bytes) {
  const std::size_t name = bytes.find(".data/serialization_id");
  if (name == std::string::npos) return bytes;
  const std::size_t digits = bytes.find_first_of("0123456789", name + 24);
  return bytes.replace(digits, 20, 20, '#');
}

}  // namespace

TEST_CASE("an edit gives the bytes that torch.save wrote after the same edit") {
  for (const fs::path& folder : ckpt::files::generations()) {
    const auto rows = nlohmann::json::parse(ckpt::files::read(folder / "edits" / "edits.json"));
    REQUIRE(rows.size() > 10);
    for (const auto& row : rows) {
      const Folder out;
      const fs::path expected = folder / row["output"].get<std::string>();
      const fs::path written = out / expected.filename().string();
      std::vector<std::string> words = row["arguments"];
      words.insert(words.begin() + 1, (folder / row["input"].get<std::string>()).string());
      words.insert(words.end(), {"-o", written.string()});
      CAPTURE(expected);
      const Outcome outcome = ckpt::program::run(words);
      CAPTURE(outcome.err);
      REQUIRE(outcome.code == ckpt::cli::ExitCode::done);
      CHECK(without_name_hash(ckpt::files::read(written)) ==
            without_name_hash(ckpt::files::read(expected)));
    }
  }
}

TEST_CASE("keeping everything gives the same file, whatever the output is called") {
  std::vector<fs::path> inputs;
  for (const fs::path& folder : ckpt::files::generations())
    for (const fs::path& path : ckpt::files::checkpoints_in(folder)) inputs.push_back(path);
  REQUIRE(inputs.size() > 40);
  for (const fs::path& path : ckpt::files::checkpoints_in(fs::path(CKPT_CORPUS_DIR) / "zip"))
    inputs.push_back(path);
  for (const fs::path& input : inputs) {
    const Folder out;
    CAPTURE(input);
    const Outcome outcome = ckpt::program::run(
        {"filter", input.string(), "--keep", "**", "-o", (out / "copy.pt").string()});
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == ckpt::cli::ExitCode::done);
    CHECK(ckpt::files::read(out / "copy.pt") == ckpt::files::read(input));
  }
}
