// The 64-bit forms of sizes, offsets and counts, read and written.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/zip/archive.hpp"
#include "ckpt/zip/writer.hpp"
#include "zip/record_layout.hpp"
#include "zip_samples.hpp"

namespace {

using ckpt::test::error_of_zip;
using ckpt::test::make_zip;
using ckpt::test::number_bytes;
using ckpt::test::open_zip;
using ckpt::test::SampleEntry;
using ckpt::zip::Archive;
using ckpt::zip::RecordLayout;

constexpr std::uint64_t saturated = 0xFFFFFFFF;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

struct Zip64End {
  std::uint64_t entry_count = 1;
  std::uint64_t directory_bytes = 49;
  std::uint64_t directory_offset = 40;
  std::uint64_t record_offset = 89;
  std::uint32_t disk_count = 1;
};

/// The archive of one entry 'm/x' with a zip64 tail before its end record.
std::string with_zip64_end(const Zip64End& end, const ckpt::test::SampleEnd& classic) {
  const SampleEntry entry{.name = "m/x", .payload = "payload"};
  ckpt::test::SampleEnd whole = classic;
  whole.gap = "PK\6\6" + number_bytes(44, 8) + number_bytes(0, 4) + number_bytes(0, 8) +
              number_bytes(end.entry_count, 8) + number_bytes(end.entry_count, 8) +
              number_bytes(end.directory_bytes, 8) + number_bytes(end.directory_offset, 8) +
              "PK\6\7" + number_bytes(0, 4) + number_bytes(end.record_offset, 8) +
              number_bytes(end.disk_count, 4);
  return make_zip({entry}, whole);
}

std::string error_with_zip64_block(std::string block) {
  SampleEntry entry{.name = "m/x", .payload = "payload"};
  entry.size_bytes = 0xFFFFFFFF;
  entry.header_offset = 0xFFFFFFFF;
  entry.central_extra = std::move(block);
  return error_of_zip(make_zip({entry}));
}

template <class Append>
std::string bytes_of(Append append) {
  ckpt::Bytes out;
  append(out);
  return std::string(ckpt::as_text(out));
}

RecordLayout record_at(std::uint64_t header_offset, std::uint64_t size_bytes) {
  return ckpt::zip::lay_out(
      {.header_offset = header_offset, .name_bytes = 3, .size_bytes = size_bytes}, 64);
}

/// The zip64 block that a local header has before its "FB" block.
std::string local_block_of(const RecordLayout& layout) {
  const std::string header = bytes_of([&](auto& out) { append_local_header(out, layout, "m/x"); });
  CHECK(header.size() + layout.header_offset == layout.payload_offset());
  CHECK(layout.payload_offset() % 64 == 0);
  CHECK(header.substr(14, 12) == std::string(12, '\0'));
  return header.substr(33, header.find("FB") - 33);
}

std::string central_of(const RecordLayout& layout) {
  return bytes_of([&](auto& out) { append_central_entry(out, layout, "m/x", 7); });
}

std::string descriptor_of(const RecordLayout& layout) {
  return bytes_of([&](auto& out) { append_descriptor(out, layout, 7); });
}

}  // namespace

TEST_CASE("each saturated field of the end record stands in its zip64 form") {
  CHECK(open_zip(with_zip64_end({}, {})).entries().size() == 1);
  CHECK(open_zip(with_zip64_end({}, {.entry_count = 0xFFFF})).entries().size() == 1);
  CHECK(open_zip(with_zip64_end({}, {.directory_bytes = 0xFFFFFFFF})).directory_bytes() == 49);
  CHECK(open_zip(with_zip64_end({}, {.directory_offset = 0xFFFFFFFF})).directory_offset() == 40);
}

TEST_CASE("a saturated field without zip64 form is taken as it is") {
  const SampleEntry entry{.name = "m/x", .payload = "payload"};
  CHECK(error_of_zip(make_zip({entry}, {.directory_offset = 0xFFFFFFFF})) ==
        "malformed: zip directory: 49 bytes from byte 4294967295 reach into the end record at "
        "byte 89 [the start of the file may be missing]");
}

TEST_CASE("an end record that contradicts its zip64 form is refused") {
  CHECK(error_of_zip(with_zip64_end({.entry_count = 2}, {})) ==
        "malformed: zip directory: number of entries on the disk is 1 in the end record, but 2 in "
        "its zip64 form");
  CHECK(error_of_zip(with_zip64_end({.directory_offset = 39}, {})) ==
        "malformed: zip directory: offset of the directory is 40 in the end record, but 39 in its "
        "zip64 form");
}

TEST_CASE("a zip64 end record that is not where its locator says is refused") {
  CHECK(error_of_zip(with_zip64_end({.record_offset = 88}, {})) ==
        "malformed: zip directory: the zip64 end record at byte 88: expected the signature "
        "0x6064b50, got 0x64b5078");
  CHECK(error_of_zip(with_zip64_end({.record_offset = ~std::uint64_t{0}}, {})) ==
        "malformed: zip directory: the zip64 end record is said to be at byte "
        "18446744073709551615, expected it before its locator at byte 145");
  CHECK(error_of_zip(with_zip64_end({.disk_count = 2}, {})) ==
        "unsupported: zip directory: the zip archive is split over several disks");
}

TEST_CASE("a count of entries near 2^64 is refused before anything is allocated") {
  CHECK(error_of_zip(with_zip64_end({.entry_count = ~std::uint64_t{0}}, {.entry_count = 0xFFFF})) ==
        "malformed: zip directory: claims 18446744073709551615 entries, but has 49 bytes");
  CHECK(error_of_zip(with_zip64_end({.directory_bytes = ~std::uint64_t{0}},
                                    {.directory_bytes = 0xFFFFFFFF})) ==
        "malformed: zip directory: 18446744073709551615 bytes from byte 40 reach into the end "
        "record at byte 89 [the start of the file may be missing]");
}

TEST_CASE("the zip64 block of an entry holds exactly its saturated fields") {
  const std::string other = "UT" + number_bytes(1, 2) + "t";
  CHECK(error_with_zip64_block(other + number_bytes(1, 2) + number_bytes(16, 2) +
                               number_bytes(7, 8) + number_bytes(0, 8)) == "no error");
  CHECK(error_with_zip64_block(number_bytes(1, 2) + number_bytes(8, 2) + number_bytes(7, 8)) ==
        "malformed: zip directory: entry 'm/x': zip64 header offset needs 8 bytes, but 0 remain");
  CHECK(error_with_zip64_block(number_bytes(1, 2) + number_bytes(17, 2) + number_bytes(7, 8)) ==
        "malformed: zip directory: entry 'm/x': body of an extra block needs 17 bytes, but 8 "
        "remain");
  CHECK(error_with_zip64_block(other) ==
        "malformed: zip directory: entry 'm/x': has a saturated size or offset, but no zip64 "
        "block");
}

TEST_CASE("sizes near 2^64 do not wrap") {
  CHECK(error_with_zip64_block(number_bytes(1, 2) + number_bytes(16, 2) + number_bytes(7, 8) +
                               number_bytes(~std::uint64_t{0} - 20, 8)) ==
        "malformed: zip directory: entry 'm/x': 7 bytes after the header at byte "
        "18446744073709551595 reach beyond byte 40, where the directory starts");
}

TEST_CASE("a record below the threshold has no zip64 block") {
  const RecordLayout layout = record_at(saturated - 1, saturated - 1);
  CHECK(local_block_of(layout).empty());
  CHECK(central_of(layout).size() == 46 + 3);
  CHECK(descriptor_of(layout) == "PK\7\x08" + number_bytes(7, 4) + number_bytes(saturated - 1, 4) +
                                     number_bytes(saturated - 1, 4));
}

TEST_CASE("a large record has its size and a zero in the local block, both sizes in the central") {
  const RecordLayout layout = record_at(0, saturated);
  const std::string head = number_bytes(1, 2) + number_bytes(16, 2);
  const std::string size = number_bytes(saturated, 8);
  CHECK(local_block_of(layout) == head + size + number_bytes(0, 8));
  CHECK(central_of(layout).substr(20, 8) == std::string(8, '\xFF'));
  CHECK(central_of(layout).substr(42, 4) == std::string(4, '\0'));
  CHECK(central_of(layout).substr(49) == head + size + size);
  CHECK(descriptor_of(layout) == "PK\7\x08" + number_bytes(7, 4) + size + size);
}

TEST_CASE("a small record far out has its offset in both blocks and a long descriptor") {
  const RecordLayout layout = record_at(saturated, 2);
  const std::string block = number_bytes(1, 2) + number_bytes(8, 2) + number_bytes(saturated, 8);
  CHECK(local_block_of(layout) == block);
  CHECK(central_of(layout).substr(20, 8) == number_bytes(2, 4) + number_bytes(2, 4));
  CHECK(central_of(layout).substr(42, 4) == std::string(4, '\xFF'));
  CHECK(central_of(layout).substr(49) == block);
  CHECK(descriptor_of(layout) ==
        "PK\7\x08" + number_bytes(7, 4) + number_bytes(2, 8) + number_bytes(2, 8));
}

TEST_CASE("a large record far out has sizes, then the offset") {
  const RecordLayout layout = record_at(5 * gib, 6 * gib);
  const std::string head = number_bytes(1, 2) + number_bytes(24, 2);
  CHECK(local_block_of(layout) ==
        head + number_bytes(6 * gib, 8) + number_bytes(0, 8) + number_bytes(5 * gib, 8));
  CHECK(central_of(layout).substr(49) ==
        head + number_bytes(6 * gib, 8) + number_bytes(6 * gib, 8) + number_bytes(5 * gib, 8));
  CHECK(descriptor_of(layout).size() == 24);
  CHECK(layout.end_offset() == layout.payload_offset() + 6 * gib + 24);
}

TEST_CASE("an empty record far out has the block but no descriptor") {
  const RecordLayout layout = record_at(5 * gib, 0);
  CHECK(local_block_of(layout).size() == 12);
  CHECK(descriptor_of(layout).empty());
  CHECK(central_of(layout).substr(8, 2) == number_bytes(0x0800, 2));
}

TEST_CASE("a sparse file of 5 GiB with zip64 entries is read") {
  const RecordLayout large = record_at(0, 5 * gib);
  const RecordLayout small = record_at(large.end_offset(), 2);
  const auto start = bytes_of([&](auto& out) { append_local_header(out, large, "m/x"); });
  const auto end = bytes_of([&](auto& out) {
    append_local_header(out, small, "m/y");
    ckpt::append_bytes(out, ckpt::as_bytes("3\n"));
    append_descriptor(out, small, 0x55679ed1);
    const std::uint64_t directory_offset = large.end_offset() + out.size();
    ckpt::Bytes directory;
    append_central_entry(directory, large, "m/x", 0);
    append_central_entry(directory, small, "m/y", 0x55679ed1);
    ckpt::append_bytes(out, directory);
    ckpt::zip::append_tail(out, {directory_offset, directory.size(), 2});
  });
  const ckpt::test::TemporaryFolder folder;
  const auto path = folder.path() / "sparse.zip";
  ckpt::test::write_file(path, start);
  std::filesystem::resize_file(path, large.end_offset());
  std::ofstream(path, std::ios::binary | std::ios::app)
      .write(end.data(), static_cast<std::streamsize>(end.size()));

  const Archive archive(ckpt::File::open(path));
  CHECK(archive.payload(*archive.find("m/x")).size_bytes == 5 * gib);
  CHECK(archive.payload(*archive.find("m/y")).offset == small.payload_offset());
  CHECK(ckpt::as_text(archive.read(*archive.find("m/y"), 2)) == "3\n");
}

TEST_CASE("70,000 empty records saturate only the counts") {
  const ckpt::test::TemporaryFolder folder;
  const ckpt::zip::WriterOptions options{.top_folder = "m"};
  ckpt::AtomicFile out(folder.path() / "many.zip", ckpt::Overwrite::no);
  ckpt::zip::Writer writer(out, options);
  std::vector<std::pair<std::string, std::uint64_t>> records;
  for (int i = 0; i < 70'000; ++i) {
    records.emplace_back("data/" + std::to_string(i), 0);
    writer.add(records.back().first, ckpt::ByteView{});
  }
  writer.finish();
  out.commit();
  const std::string bytes = ckpt::test::read_file(folder.path() / "many.zip");
  const Archive archive(ckpt::File::open(folder.path() / "many.zip"));
  CHECK(archive.entries().size() == 70'000);
  CHECK(archive.find("m/data/69999") == &archive.entries().back());
  CHECK(bytes.size() == ckpt::zip::Writer::archive_bytes(options, records));
  CHECK(bytes.substr(bytes.size() - 22) ==
        "PK\5\6" + number_bytes(0, 4) + number_bytes(saturated, 4) +
            number_bytes(archive.directory_bytes(), 4) +
            number_bytes(archive.directory_offset(), 4) + number_bytes(0, 2));
}
