// open, save, open again: a rewritten file lists the same, and written once more it is the same
// file.
#include "ckpt/formats/document.hpp"

#include "files.hpp"
#include "listing.hpp"

namespace ckpt::fuzz {

namespace {

/// Both have one name, which is that of the folder inside.
std::filesystem::path output_path(std::string_view folder) {
  const std::filesystem::path path = output_folder() / folder;
  std::filesystem::create_directories(path);
  return path / "out.pt";
}

void save(const formats::Document& document, const std::filesystem::path& path) {
  formats::save_document(document, path, {.overwrite = Overwrite::yes});
}

void compare_written(const std::optional<std::string>& listing) {
  must("a rewritten file opens and can be written again", [&] {
    const formats::Document written = formats::open_document(output_path("once"));
    require(!listing || listing_of(written) == *listing, "a rewritten file lists the same");
    save(written, output_path("twice"));
  });
  require(test::read_file(output_path("once")) == test::read_file(output_path("twice")),
          "writing again gives the same file");
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  std::optional<std::string> listing;
  const fuzz::Outcome saved = fuzz::attempt([&] {
    const formats::Document document = formats::open_document(input.path());
    if (fuzz::is_of_protocol2(document.tree)) listing = fuzz::listing_of(document);
    fuzz::save(document, fuzz::output_path("once"));
  });
  if (saved == fuzz::Outcome::done) fuzz::compare_written(listing);
  return 0;
}
