#include "ckpt/zip/inflate.hpp"

#include <doctest/doctest.h>

#include <string>

#include "zip_samples.hpp"

namespace {

using ckpt::samples::error_of;
using ckpt::test::deflate;
using ckpt::test::open_zip;
using ckpt::test::SampleEntry;
using ckpt::zip::Archive;

/// Compresses badly, so that the input does not fit into one buffer.
std::string noise(std::size_t size_bytes) {
  std::string text(size_bytes, '\0');
  std::uint64_t state = 1;
  for (char& letter : text) {
    state = state * 6364136223846793005 + 1442695040888963407;
    letter = static_cast<char>(state >> 56);
  }
  return text;
}

/// An archive whose only entry is `text` deflated, declared as `declared_bytes` bytes.
std::string deflated_zip(const std::string& text, std::size_t declared_bytes) {
  SampleEntry entry{.name = "m/x", .payload = deflate(text), .method = 8};
  entry.size_bytes = static_cast<std::uint32_t>(declared_bytes);
  entry.crc32 = ckpt::test::zlib_crc32(text);
  return ckpt::test::make_zip({entry});
}

std::string read_only_entry(const std::string& zip) {
  const Archive archive = open_zip(zip);
  return std::string(ckpt::as_text(archive.read(archive.entries()[0], 1 << 24)));
}

std::string error_of_read(const std::string& zip) {
  return error_of([&] { read_only_entry(zip); });
}

}  // namespace

TEST_CASE("deflated entries of any size unfold to what was deflated") {
  for (const std::size_t size_bytes : {0u, 1u, 300u, 131072u, 1000000u}) {
    CAPTURE(size_bytes);
    const std::string random = noise(size_bytes);
    const std::string even(size_bytes, 'a');
    CHECK(read_only_entry(deflated_zip(random, random.size())) == random);
    CHECK(read_only_entry(deflated_zip(even, even.size())) == even);
  }
}

TEST_CASE("an inflater fills what it is given until the end") {
  const std::string text = noise(300'001);
  const Archive archive = open_zip(deflated_zip(text, text.size()));
  ckpt::zip::Inflater inflater(archive.payload(archive.entries()[0]), text.size());
  std::string again;
  ckpt::Bytes piece(100'000);
  for (const std::size_t expected_bytes : {100'000u, 100'000u, 100'000u, 1u, 0u}) {
    const std::size_t count = inflater.read(piece);
    CHECK(count == expected_bytes);
    again += ckpt::as_text(ckpt::ByteView(piece).first(count));
  }
  CHECK(again == text);
}

TEST_CASE("a stream longer or shorter than declared is refused") {
  CHECK(error_of_read(deflated_zip("0123456789", 9)) ==
        "malformed: entry 'm/x': the deflated stream goes on after the declared 9 bytes");
  CHECK(error_of_read(deflated_zip("0123456789", 0)) ==
        "malformed: entry 'm/x': the deflated stream goes on after the declared 0 bytes");
  CHECK(error_of_read(deflated_zip("0123456789", 11)) ==
        "malformed: entry 'm/x': the deflated stream ends after 10 bytes, expected 11");
}

TEST_CASE("a stream that breaks off, is damaged or ends early is refused") {
  SampleEntry entry{.name = "m/x", .payload = deflate("0123456789"), .method = 8};
  entry.size_bytes = 10;
  SampleEntry cut = entry;
  cut.payload.resize(5);
  CHECK(error_of_read(ckpt::test::make_zip({cut})) ==
        "malformed: entry 'm/x': the deflated stream after 4 bytes breaks off");
  SampleEntry damaged = entry;
  damaged.payload[0] = '\xFF';
  CHECK(error_of_read(ckpt::test::make_zip({damaged})) ==
        "malformed: entry 'm/x': the deflated stream after 0 bytes is damaged: invalid block type");
  SampleEntry longer = entry;
  longer.payload += "more";
  CHECK(error_of_read(ckpt::test::make_zip({longer})) ==
        "malformed: entry 'm/x': the deflated stream ends 4 bytes before its payload");
}

TEST_CASE("a deflated payload with the wrong CRC is damaged") {
  SampleEntry entry{.name = "m/x", .payload = deflate("3\n"), .method = 8};
  entry.size_bytes = 2;
  entry.crc32 = 1;
  CHECK(error_of_read(ckpt::test::make_zip({entry})) ==
        "malformed: entry 'm/x': is damaged: expected CRC-32 0x1, got 0x55679ed1");
}
