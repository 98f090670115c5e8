// Real files: those that torch wrote, and those of other projects where they are at hand. What each
// is follows from the folder or the name that it was given when it was made.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sniff_samples.hpp"

namespace {

using ckpt::formats::FileKind;

FileKind kind_of(const std::filesystem::path& path) {
  return ckpt::formats::sniff(ckpt::File::open(path)).kind;
}

/// Regular files below `folder` whose names end in `ending`; none when there is no such folder.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                               std::string_view ending = "") {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped, there is no " << folder.string());
    return found;
  }
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder))
    if (item.is_regular_file() && item.path().string().ends_with(ending))
      found.push_back(item.path());
  return found;
}

const std::filesystem::path corpus = CKPT_CORPUS_DIR;
const std::filesystem::path testdata = CKPT_TESTDATA_DIR;

}  // namespace

TEST_CASE("what torch wrote for the tests is a torch zip, or a stream where it was asked for") {
  for (const char* version : {"torch-1.13", "torch-2.13"})
    for (const auto& path : files_below(testdata / version, ".pt")) {
      CAPTURE(path.string());
      const bool is_legacy = path.filename().string().starts_with("legacy");
      CHECK(kind_of(path) == (is_legacy ? FileKind::torch_legacy : FileKind::torch_zip));
    }
}

TEST_CASE("zips of torch.save from other projects are torch zips") {
  for (const auto& path : files_below(corpus / "zip")) {
    CAPTURE(path.string());
    CHECK(kind_of(path) == FileKind::torch_zip);
  }
}

TEST_CASE("streams of old torch.save from other projects are torch streams") {
  for (const auto& path : files_below(corpus / "legacy")) {
    CAPTURE(path.string());
    CHECK(kind_of(path) == FileKind::torch_legacy);
  }
}

TEST_CASE("hostile pickles are bare pickles, and nothing in them runs") {
  for (const auto& path : files_below(corpus / "hostile", ".pkl")) {
    CAPTURE(path.string());
    CHECK(kind_of(path) == FileKind::bare_pickle);
  }
}

TEST_CASE("hostile files under other names are what they are") {
  if (files_below(corpus / "hostile").empty()) return;
  CHECK(kind_of(corpus / "hostile/pytorch_magic_bypass.pt") == FileKind::bare_pickle);
  CHECK(kind_of(corpus / "hostile/bad_pytorch.pt") == FileKind::unknown);  // starts as a PNG
  CHECK(kind_of(corpus / "hostile/not_a_pickle.bin") == FileKind::unknown);
}
