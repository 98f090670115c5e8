// What is left of a broken file can be saved, opens, and lists the same.
#include "ckpt/formats/salvage.hpp"

#include "files.hpp"
#include "listing.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  const std::filesystem::path saved = fuzz::output_folder() / "saved.pt";
  std::optional<std::string> listing;
  const fuzz::Outcome outcome = fuzz::attempt([&] {
    formats::Salvaged salvaged = formats::open_salvaged(input.path(), formats::Verify::checksums);
    formats::settle(salvaged, nullptr);
    if (fuzz::is_of_protocol2(salvaged.document.tree))
      listing = fuzz::listing_of(salvaged.document);
    formats::save_document(salvaged.document, saved, {.overwrite = Overwrite::yes});
  });
  if (outcome == fuzz::Outcome::refused) return 0;
  fuzz::must("a salvaged file opens", [&] {
    const formats::Document document = formats::open_document(saved);
    fuzz::require(!listing || fuzz::listing_of(document) == *listing,
                  "a salvaged file lists what was salvaged");
  });
  return 0;
}
