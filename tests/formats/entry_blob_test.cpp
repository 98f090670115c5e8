#include "formats/torch_zip/entry_blob.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "../zip/zip_samples.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/tensor/cast.hpp"
#include "formats/torch_zip/origin.hpp"

namespace ckpt::formats {

TEST_CASE("an entry whose payload cannot be found is named once") {
  std::string zip = test::make_zip({{.name = "m/byteorder", .payload = "little"}});
  zip[0] = 'Q';
  const auto archive = std::make_shared<const zip::Archive>(test::open_zip(zip));
  const auto blob = make_entry_blob(archive, archive->entries()[0]);
  std::array<std::byte, 6> bytes;
  CHECK_EQ(samples::error_of([&] { blob->open(0)->read(bytes); }),
           "malformed: entry 'm/byteorder': local header at byte 0: expected the signature "
           "0x4034b50, got 0x4034b51");
}

TEST_CASE("a file with such an entry says so once too") {
  std::string zip = test::make_zip({{.name = "m/data.pkl", .payload = "\x80\2N."},
                                    {.name = "m/version", .payload = "3\n"},
                                    {.name = "m/byteorder", .payload = "little"}});
  zip[zip.find("m/byteorder") - 30] = 'Q';
  const test::TemporaryFolder folder(test::folder_in_memory());
  const std::filesystem::path path = folder.path() / "m.pt";
  test::write_file(path, zip);
  const std::string error = samples::error_of([&] { open_document(path); });
  CHECK_EQ(error.substr(0, error.find(": local")),
           concat("malformed: ", path.string(), ": entry 'm/byteorder'"));
}

TEST_CASE("a compressed entry gives the same bytes from any place, however often it is opened") {
  std::string payload;
  for (int i = 0; i < 20000; ++i) payload += concat(i, ' ');
  const std::string zip =
      test::make_zip({{.name = "m/data/0",
                       .payload = test::deflate(payload),
                       .method = 8,
                       .crc32 = test::zlib_crc32(payload),
                       .size_bytes = static_cast<std::uint32_t>(payload.size())}});
  const auto archive = std::make_shared<const zip::Archive>(test::open_zip(zip));
  const auto blob = make_entry_blob(archive, archive->entries()[0]);
  for (std::size_t offset = 0; offset < payload.size(); offset += 9973) {
    Bytes bytes(payload.size() - offset);
    model::read_exactly(*blob, offset, bytes);
    CHECK(as_text(bytes) == payload.substr(offset));
  }
}

TEST_CASE("an output that a deflated or computed storage is read from is refused") {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "m.pt";
  test::write_file(path, test::make_zip({{.name = "m/data.pkl", .payload = "\x80\2N."},
                                         {.name = "m/version", .payload = "3\n"},
                                         {.name = "m/data/0", .payload = "12345678"}}));
  const std::filesystem::path other = folder.path() / "other.pt";
  test::write_file(other, test::make_zip({{.name = "other/data.pkl", .payload = "\x80\2N."},
                                          {.name = "other/version", .payload = "3\n"},
                                          {.name = "other/data/0",
                                           .payload = test::deflate("12345678"),
                                           .method = 8,
                                           .crc32 = test::zlib_crc32("12345678"),
                                           .size_bytes = 8}}));
  Document document = open_document(path);
  const Document donor = open_document(other);
  const auto deflated =
      std::ranges::find(find_torch_zip_origin(donor)->records, RecordRole::storage, &Record::role)
          ->blob;
  CHECK_FALSE(deflated->range());
  const std::string refusal =
      concat("usage: ", other.string(), ": is the input; the output must be another file");
  for (const auto& blob :
       {deflated, model::make_part(deflated, 0, 4),
        tensor::make_cast_blob(deflated, model::DType::float32, model::DType::float16)}) {
    document.tree.add_storage({.blob = blob, .dtype = model::DType::float16});
    CHECK_EQ(
        samples::error_of([&] { save_document(document, other, {.overwrite = Overwrite::yes}); }),
        refusal);
    document = open_document(path);
  }
}

}  // namespace ckpt::formats
