#include "ckpt/zip/writer.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/zip/archive.hpp"
#include "zip/serialization_id.hpp"
#include "zip_samples.hpp"

namespace {

using ckpt::as_bytes;
using ckpt::samples::error_of;
using ckpt::zip::Archive;
using ckpt::zip::Writer;
using ckpt::zip::WriterOptions;

/// A writer into a file that is thrown away.
struct Scratch {
  ckpt::test::TemporaryFolder folder;
  ckpt::AtomicFile out;
  Writer writer;

  explicit Scratch(WriterOptions options = {.top_folder = "m"})
      : out(folder.path() / "out.zip", ckpt::Overwrite::no), writer(out, std::move(options)) {}

  std::string finish() {
    writer.finish();
    out.commit();
    return ckpt::test::read_file(folder.path() / "out.zip");
  }
};

}  // namespace

TEST_CASE("records lie where torch 2.7 put them in a file of four floats") {
  const std::vector<std::pair<std::string, std::uint64_t>> records = {
      {"data.pkl", 167}, {".format_version", 1}, {".storage_alignment", 2},     {"byteorder", 6},
      {"data/0", 16},    {"version", 2},         {".data/serialization_id", 40}};
  Scratch scratch({.top_folder = "float32"});
  for (const auto& [record, size_bytes] : records)
    scratch.writer.add(record, as_bytes(std::string(size_bytes, 'x')));
  const std::string bytes = scratch.finish();
  const Archive archive = ckpt::test::open_zip(bytes);

  const std::vector<std::uint64_t> header_offsets = {0, 247, 337, 466, 598, 736, 850};
  const std::vector<std::uint64_t> payload_offsets = {64, 320, 448, 576, 704, 832, 960};
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(archive.entries()[i].header_offset == header_offsets[i]);
    CHECK(archive.payload(archive.entries()[i]).offset == payload_offsets[i]);
  }
  CHECK(archive.directory_offset() == 1016);
  CHECK(archive.directory_bytes() == 463);
  CHECK(bytes.size() == 1577);
  CHECK(Writer::archive_bytes({.top_folder = "float32"}, records) == 1577);
}

TEST_CASE("a record of one byte and an empty one have exactly torch's bytes") {
  Scratch scratch({.top_folder = "m", .alignment_bytes = 1});
  scratch.writer.add("a", as_bytes("1"));
  scratch.writer.add("b", {});
  const std::string zeros_4(4, '\0');
  const std::string local = std::string("PK\3\4\0\0\x08\x08\0\0", 10) + std::string(16, '\0');
  const std::string expected_a = local + std::string("\3\0\4\0m/aFB\0\0", 11) + "1" +
                                 std::string("PK\7\x08\xb7\xef\xdc\x83\1\0\0\0\1\0\0\0", 16);
  const std::string expected_b = std::string("PK\3\4\0\0\0\x08\0\0", 10) + std::string(16, '\0') +
                                 std::string("\3\0\4\0m/bFB\0\0", 11);
  const std::string bytes = scratch.finish();
  CHECK(bytes.substr(0, 54) == expected_a);
  CHECK(bytes.substr(54, 37) == expected_b);
  CHECK(bytes.substr(91, 49) == std::string("PK\1\2\0\0\0\0\x08\x08\0\0", 12) + zeros_4 +
                                    std::string("\xb7\xef\xdc\x83\1\0\0\0\1\0\0\0\3\0", 14) +
                                    std::string(16, '\0') + "m/a");
}

TEST_CASE("a record may come whole, in pieces or from a file") {
  const ckpt::test::TemporaryFolder folder;
  ckpt::test::write_file(folder.path() / "source", "xx3\nyy");
  Scratch whole;
  whole.writer.add("version", as_bytes("3\n"));
  Scratch pieces;
  pieces.writer.begin("version", 2);
  pieces.writer.write(as_bytes("3"));
  pieces.writer.write({});
  pieces.writer.write(as_bytes("\n"));
  pieces.writer.end();
  Scratch range;
  range.writer.add("version", {ckpt::File::open(folder.path() / "source"), 2, 2}, 0x55679ed1);
  const std::string expected = whole.finish();
  CHECK(pieces.writer.serialization_id() == whole.writer.serialization_id());
  CHECK(range.writer.serialization_id() == whole.writer.serialization_id());
  CHECK(pieces.finish() == expected);
  CHECK(range.finish() == expected);
}

TEST_CASE("checksums can be left 0") {
  Scratch scratch({.top_folder = "m", .checksums = ckpt::zip::Checksums::zero});
  scratch.writer.add("version", as_bytes("3\n"));
  const ckpt::test::TemporaryFolder folder;
  ckpt::test::write_file(folder.path() / "source", "3\n");
  scratch.writer.add("data/0", {ckpt::File::open(folder.path() / "source"), 0, 2}, 0x55679ed1);
  const Archive archive = ckpt::test::open_zip(scratch.finish());
  CHECK(archive.entries()[0].crc32 == 0);
  CHECK(archive.entries()[1].crc32 == 0);
}

TEST_CASE("the serialization id is the one torch 2.13 gave to the same records") {
  ckpt::zip::SerializationId id;
  const std::vector<std::pair<std::string, std::uint32_t>> records = {
      {"data.pkl", 0xe234fd96},
      {".format_version", 0x83dcefb7},
      {".storage_alignment", 0xe971773f},
      {"byteorder", 0x19e33d85},
      {"data/0", 0xcce829ca},
      {"data/1", 0x0fd59b8d},
      {"version", 0x55679ed1}};
  for (const auto& [record, crc32] : records) {
    if (record == "version") id.add_name("data/2"), id.add_payload({}, 0);  // an empty record
    id.add_name(record);
    id.add_payload(as_bytes("any"), crc32);
  }
  CHECK(id.text().substr(20) == "02350047266449551309");
#ifdef __GLIBCXX__
  CHECK(id.text().substr(0, 20) == "08494888479650487350");
#endif
}

TEST_CASE("a payload that starts like a descriptor counts as one, as in torch 2.13") {
  ckpt::zip::SerializationId id;
  const std::vector<std::pair<std::string, std::uint32_t>> records = {
      {"data.pkl", 0x077a91ae},
      {".format_version", 0x83dcefb7},
      {".storage_alignment", 0xe971773f},
      {"byteorder", 0x19e33d85},
      {"data/0", 0xf94aac8b},
      {"version", 0x55679ed1}};
  for (const auto& [record, crc32] : records)
    id.add_payload(as_bytes(record == "data/0" ? "PK\7\x08"
                                                 "abcd"
                                               : "any"),
                   crc32);
  CHECK(id.text() == "0000000000000000000002990051342636116271");
}

TEST_CASE("an archive without records has an id of zeros") {
  CHECK(Scratch().writer.serialization_id() == std::string(40, '0'));
}

TEST_CASE("a record that is written twice is a conflict") {
  Scratch scratch;
  scratch.writer.add("version", as_bytes("3\n"));
  CHECK(error_of([&] { scratch.writer.add("version", as_bytes("3\n")); }) ==
        "conflict: record 'version': is written twice");
}

TEST_CASE("what a header cannot hold is refused") {
  CHECK(error_of([] { Scratch({.top_folder = "m", .alignment_bytes = 0}); }) ==
        "unsupported: an alignment of 0 bytes, expected 1 to 65535");
  CHECK(error_of([] { Scratch({.top_folder = "m", .alignment_bytes = 65536}); }) ==
        "unsupported: an alignment of 65536 bytes, expected 1 to 65535");
  CHECK(error_of([] {
          Writer::archive_bytes({.top_folder = std::string(65534, 'm')}, {{"a", 0}});
        }) == "unsupported: a name of 65536 bytes, expected at most 65535");
  CHECK(error_of([] {
          Writer::archive_bytes({.top_folder = "m"}, {{"a", ~std::uint64_t{0}}});
        }).starts_with("limit: size of the archive: "));
}

TEST_CASE("a record of another length than announced is an internal error") {
  Scratch scratch;
  scratch.writer.begin("a", 2);
  CHECK_THROWS_AS(scratch.writer.write(as_bytes("abc")), std::logic_error);
  CHECK_THROWS_AS(scratch.writer.end(), std::logic_error);
  CHECK_THROWS_AS(scratch.writer.begin("b", 2), std::logic_error);
  CHECK_THROWS_AS(scratch.writer.finish(), std::logic_error);
}
