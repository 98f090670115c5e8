#include <doctest/doctest.h>

#include "base/error_text.hpp"
#include "ckpt/formats/format.hpp"
#include "commands/files.hpp"

namespace ckpt::formats {

namespace {

/// Of a format that ckpt does not write.
class ForeignOrigin : public Origin {
 public:
  const Format& format() const override {
    static const Format foreign{.name = "foreign"};
    return foreign;
  }
  std::string summary() const override { return "of nowhere"; }
  std::vector<Fact> facts() const override { return {}; }
};

Document foreign(const std::filesystem::path& path) {
  Document document = open_document(path);
  document.origin = std::make_shared<ForeignOrigin>();
  return document;
}

}  // namespace

// The files of testdata were written by torch.save of 2.13; the first 20 digits of the
// serialization id follow from record names, which are the same.
TEST_CASE("a document of another origin becomes the file that torch.save would write") {
  const files::Folder folder;
  for (const char* name : {"plain.pt", "tied.pt", "training.pt"}) {
    const std::filesystem::path by_torch = files::generations().back() / name;
    save_document(foreign(by_torch), folder / name, {.format = &format_named("torch-zip")});
    CHECK(files::read(folder / name) == files::read(by_torch));
  }
}

TEST_CASE("what the format of a document cannot do is refused by its name") {
  const files::Folder folder;
  const Document document = foreign(files::generations().back() / "plain.pt");
  const std::string output = (folder / "out").string();
  CHECK_EQ(samples::error_of([&] { save_document(document, output, {}); }),
           "unsupported: " + output + ": ckpt reads foreign files but does not write them");
  CHECK_EQ(samples::error_of([&] { save_document_in_place(document, {}); }),
           "unsupported: " + document.files.front()->path().string() +
               ": ckpt does not edit foreign files in place [-o OUT writes another file]");
}

TEST_CASE("an output that is any of the files of a document is refused") {
  const files::Folder folder;
  Document document = open_document(files::generations().back() / "plain.pt");
  files::write(folder / "second", "a shard");
  document.files.push_back(File::open(folder / "second"));
  CHECK_EQ(
      samples::error_of(
          [&] { save_document(document, folder / "second", {.overwrite = Overwrite::yes}); }),
      "usage: " + (folder / "second").string() + ": is the input; the output must be another file");
  CHECK(document.size_bytes() == document.files.front()->size_bytes() + 7);
}

}  // namespace ckpt::formats
