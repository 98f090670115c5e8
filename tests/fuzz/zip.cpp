// Archives: the directory, every payload, every byte between them, and the headers without the
// directory.
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/audit.hpp"
#include "ckpt/zip/local_headers.hpp"
#include "files.hpp"

namespace ckpt::fuzz {

namespace {

constexpr std::uint64_t most_bytes = 1 << 20;

void read_entries(const zip::Archive& archive) {
  for (const zip::Entry& entry : archive.entries()) {
    require(archive.find(entry.name) == &entry, "an entry is found by its name");
    attempt([&] {
      const FileRange range = archive.payload(entry);
      require(range.offset + range.size_bytes <= archive.file()->size_bytes(),
              "a payload lies inside the file");
    });
    attempt([&] {
      require(archive.read(entry, most_bytes).size() == entry.size_bytes,
              "a payload has the length that the directory says");
    });
  }
}

void walk_headers(const File& file) {
  zip::LocalSignatures signatures(file);
  std::uint64_t offset = 0;
  while (const auto at = signatures.find(offset)) {
    if (const auto header = zip::find_local_header(file, *at)) {
      require(header->payload_offset <= file.size_bytes(), "a header lies inside the file");
      zip::find_descriptor(file, *header, header->payload_offset);
    }
    offset = *at + 1;
  }
}

}  // namespace

}  // namespace ckpt::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ckpt;
  const fuzz::MemoryFile input(fuzz::view_of(data, size));
  const std::shared_ptr<const File> file = File::open(input.path());
  fuzz::walk_headers(*file);
  fuzz::attempt([&] {
    const zip::Archive archive(file);
    fuzz::read_entries(archive);
    zip::audit(archive, {});
  });
  return 0;
}
