#include "ckpt/zip/archive.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "zip_samples.hpp"

namespace {

using ckpt::samples::error_of;
using ckpt::test::error_of_zip;
using ckpt::test::make_zip;
using ckpt::test::number_bytes;
using ckpt::test::open_zip;
using ckpt::test::SampleEntry;
using ckpt::zip::Archive;

const std::vector<SampleEntry> two_entries = {{.name = "m/data.pkl", .payload = "pickle"},
                                              {.name = "m/version", .payload = "3\n"}};

std::string read_text(const Archive& archive, std::string_view name) {
  return std::string(ckpt::as_text(archive.read(*archive.find(name), 1 << 20)));
}

SampleEntry changed(SampleEntry entry, void (*change)(SampleEntry&)) {
  change(entry);
  return entry;
}

/// What opening an archive of one entry says, after `change`.
std::string error_with(void (*change)(SampleEntry&)) {
  return error_of_zip(make_zip({changed({.name = "m/x", .payload = "payload"}, change)}));
}

}  // namespace

TEST_CASE("entries come in the order of the directory with what it says of them") {
  const Archive archive = open_zip(make_zip(two_entries));
  REQUIRE(archive.entries().size() == 2);
  CHECK(archive.entries()[0].name == "m/data.pkl");
  CHECK(archive.entries()[1].name == "m/version");
  CHECK(archive.entries()[1].size_bytes == 2);
  CHECK(archive.entries()[1].header_offset == 46);
  CHECK(archive.entries()[1].crc32 == 0x55679ed1);
  CHECK(archive.entries()[1].version_needed == 20);
  CHECK(archive.directory_offset() == 87);
  CHECK(archive.directory_bytes() == 56 + 55);
}

TEST_CASE("an entry is found by its exact name only") {
  const Archive archive = open_zip(make_zip(two_entries));
  CHECK(archive.find("m/version") == &archive.entries()[1]);
  CHECK(archive.find("M/version") == nullptr);
  CHECK(archive.find("version") == nullptr);
  CHECK(archive.find("") == nullptr);
}

TEST_CASE("the payload starts after the name and extra lengths of the local header") {
  SampleEntry padded{.name = "m/x", .payload = "payload"};
  padded.local_extra = "FB" + number_bytes(3, 2) + "ZZZ";
  const Archive archive = open_zip(make_zip({padded}));
  const ckpt::FileRange range = archive.payload(archive.entries()[0]);
  CHECK(range.offset == 30 + 3 + 7);
  CHECK(range.size_bytes == 7);
  CHECK(read_text(archive, "m/x") == "payload");
}

TEST_CASE("an empty archive has no entries") { CHECK(open_zip(make_zip({})).entries().empty()); }

TEST_CASE("folders and empty records are entries") {
  const Archive archive =
      open_zip(make_zip({{.name = "m/", .payload = ""}, {.name = "m/data/0", .payload = ""}}));
  CHECK(archive.entries()[0].name == "m/");
  CHECK(archive.read(archive.entries()[0], 0).empty());
  CHECK(archive.payload(archive.entries()[1]).size_bytes == 0);
}

TEST_CASE("a comment and up to 65535 bytes of junk may follow the end record") {
  CHECK(open_zip(make_zip(two_entries, {.comment = "a PK comment"})).entries().size() == 2);
  const std::string junk(65535, 'j');
  CHECK(open_zip(make_zip(two_entries) + junk).entries().size() == 2);
  CHECK(error_of_zip(make_zip(two_entries) + junk + "j") ==
        "malformed: the zip directory at the end is missing: the file is truncated");
}

TEST_CASE("an end record whose comment runs past the end is not one") {
  const std::string false_end = "PK\5\6" + std::string(16, '\0') + number_bytes(1, 2);
  CHECK(open_zip(make_zip(two_entries) + false_end).entries().size() == 2);
}

TEST_CASE("a file without directory is called truncated only when it starts like a zip") {
  const std::string truncated =
      "malformed: the zip directory at the end is missing: the file is truncated";
  const std::string foreign = "malformed: not a zip archive: no zip directory at the end";
  CHECK(error_of_zip("PK\3\4") == truncated);
  CHECK(error_of_zip(make_zip(two_entries).substr(0, 100)) == truncated);
  CHECK(error_of_zip("") == foreign);
  CHECK(error_of_zip("PK\3") == foreign);
  CHECK(error_of_zip("<!DOCTYPE html>") == foreign);
}

TEST_CASE("a directory with bytes between it and the end record is refused") {
  CHECK(error_of_zip(make_zip(two_entries) + make_zip(two_entries)) ==
        "malformed: zip directory: ends at byte 198, expected at the end record at byte 418 "
        "[the file may hold several archives, or one that was inside of it and lost its rest]");
}

TEST_CASE("a file that lost its start is refused") {
  CHECK(error_of_zip(make_zip(two_entries).substr(40)) ==
        "malformed: zip directory: 111 bytes from byte 87 reach into the end record at byte 158 "
        "[the start of the file may be missing]");
}

TEST_CASE("a directory that claims more or fewer entries than it holds is refused") {
  CHECK(error_of_zip(make_zip(two_entries, {.entry_count = 3})) ==
        "malformed: zip directory: claims 3 entries, but has 111 bytes");
  CHECK(error_of_zip(make_zip(two_entries, {.entry_count = 1})) ==
        "malformed: zip directory: claims 1 entry, but 55 bytes follow them");
}

TEST_CASE("an archive on several disks is refused") {
  CHECK(error_of_zip(make_zip(two_entries, {.disk = 1})) ==
        "unsupported: zip directory: the zip archive is split over several disks");
  CHECK(error_with([](SampleEntry& entry) { entry.disk = 2; }) ==
        "unsupported: zip directory: entry 'm/x': is on another disk");
}

TEST_CASE("encrypted, patched and masked entries are refused") {
  CHECK(error_with([](SampleEntry& entry) { entry.flags = 1; }) ==
        "unsupported: zip directory: entry 'm/x': is encrypted");
  CHECK(error_with([](SampleEntry& entry) { entry.flags = 0x41; }) ==
        "unsupported: zip directory: entry 'm/x': is encrypted");
  CHECK(error_with([](SampleEntry& entry) { entry.flags = 0x20; }) ==
        "unsupported: zip directory: entry 'm/x': is a patch of another file");
  CHECK(error_with([](SampleEntry& entry) { entry.flags = 0x2000; }) ==
        "unsupported: zip directory: entry 'm/x': has a masked header");
}

TEST_CASE("methods other than stored and deflated are refused") {
  CHECK(error_with([](SampleEntry& entry) { entry.method = 12; }) ==
        "unsupported: zip directory: entry 'm/x': compression method 12, expected stored (0) or "
        "deflated (8)");
}

TEST_CASE("a stored entry of two sizes is refused") {
  CHECK(error_with([](SampleEntry& entry) { entry.size_bytes = 9; }) ==
        "malformed: zip directory: entry 'm/x': is stored, but its 9 bytes take 7");
}

TEST_CASE("a deflated entry that claims more than deflate can unfold is refused") {
  CHECK(error_with([](SampleEntry& entry) {
          entry.method = 8;
          entry.size_bytes = 7 * 1032 + 1;
        }) == "malformed: zip directory: entry 'm/x': 7 deflated bytes cannot unfold to 7225");
  CHECK(error_with([](SampleEntry& entry) {
          entry.method = 8;
          entry.size_bytes = 7 * 1032;
        }) == "no error");
}

TEST_CASE("an entry that reaches into the directory is refused") {
  CHECK(error_with([](SampleEntry& entry) { entry.header_offset = 4; }) ==
        "malformed: zip directory: entry 'm/x': 7 bytes after the header at byte 4 reach beyond "
        "byte 40, where the directory starts");
  CHECK(error_with([](SampleEntry& entry) { entry.local_extra = "FB"; }) == "no error");
}

TEST_CASE("overlapping entries are refused with both names") {
  auto entries = two_entries;
  entries[1].header_offset = 45;
  CHECK(error_of_zip(make_zip(entries)) ==
        "malformed: zip directory: entries 'm/data.pkl' and 'm/version' overlap at byte 45");
  entries[1].header_offset = 0;
  CHECK(error_of_zip(make_zip(entries)) ==
        "malformed: zip directory: entries 'm/data.pkl' and 'm/version' overlap at byte 0");
}

TEST_CASE("entries may be listed in another order than they lie in the file") {
  auto entries = two_entries;
  entries[0] = {.name = "m/longer", .payload = "0123456789"};  // 48 bytes in all
  entries[1] = {.name = "m/shorter", .payload = "0"};          // 40 bytes in all
  std::string zip = make_zip(entries);
  const std::string first = zip.substr(88, 54);
  const std::string second = zip.substr(142, 55);
  zip.replace(88, 109, second + first);
  const Archive archive = open_zip(zip);
  CHECK(archive.entries()[0].name == "m/shorter");
  CHECK(read_text(archive, "m/longer") == "0123456789");
  CHECK(read_text(archive, "m/shorter") == "0");
}

TEST_CASE("repeated names are refused, also when only their case differs") {
  auto entries = two_entries;
  entries[1].name = "m/data.pkl";
  CHECK(error_of_zip(make_zip(entries)) ==
        "malformed: zip directory: entry 'm/data.pkl' occurs more than once");
  entries[1].name = "m/DATA.pkl";
  CHECK(error_of_zip(make_zip(entries)) ==
        "malformed: zip directory: entries 'm/data.pkl' and 'm/DATA.pkl' differ only by case, "
        "which PyTorch does not tell apart");
}

TEST_CASE("only ASCII letters have case") {
  const Archive archive = open_zip(make_zip({{.name = "m/\xc3\x84", .payload = ""},
                                             {.name = "m/\xc3\xa4", .payload = ""},
                                             {.name = "m/[", .payload = ""},
                                             {.name = "m/{", .payload = ""}}));
  CHECK(archive.entries().size() == 4);
}

TEST_CASE("a local header that is not one is found when the payload is asked for") {
  std::string zip = make_zip(two_entries);
  zip[0] = 'Q';
  const Archive archive = open_zip(zip);
  CHECK(error_of([&] { archive.payload(archive.entries()[0]); }) ==
        "malformed: entry 'm/data.pkl': local header at byte 0: expected the signature 0x4034b50, "
        "got 0x4034b51");
}

TEST_CASE("a local header that moves the payload into the next entry is refused") {
  auto entries = two_entries;
  entries[0].local_name_bytes = 11;
  entries[1].local_name_bytes = 10;
  const Archive archive = open_zip(make_zip(entries));
  CHECK(error_of([&] { archive.payload(archive.entries()[0]); }) ==
        "malformed: entry 'm/data.pkl': 6 bytes from byte 41 reach beyond byte 46, where "
        "something else starts");
  CHECK(error_of([&] { archive.payload(archive.entries()[1]); }) ==
        "malformed: entry 'm/version': 2 bytes from byte 86 reach beyond byte 87, where "
        "something else starts");
}

TEST_CASE("a payload that does not fit its CRC is damaged, and CRC 0 means not computed") {
  auto entries = two_entries;
  entries[0].crc32 = 0x12345678;
  entries[1].crc32 = 0;
  const Archive archive = open_zip(make_zip(entries));
  CHECK(error_of([&] { read_text(archive, "m/data.pkl"); }) ==
        "malformed: entry 'm/data.pkl': is damaged: expected CRC-32 0x12345678, got 0xb743740e");
  CHECK(read_text(archive, "m/version") == "3\n");
}

TEST_CASE("an entry larger than the caller allows is not read") {
  const Archive archive = open_zip(make_zip(two_entries));
  CHECK(error_of([&] { archive.read(archive.entries()[0], 5); }) ==
        "limit: entry 'm/data.pkl': has 6 bytes, expected at most 5");
}

TEST_CASE("comments and unknown extra blocks of entries are passed over") {
  auto entries = two_entries;
  entries[0].comment = "PK\1\2";
  entries[0].central_extra = "UT" + number_bytes(5, 2) + "12345" + number_bytes(0, 3);
  CHECK(read_text(open_zip(make_zip(entries)), "m/version") == "3\n");
}
