#include "ckpt/model/blob.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "base/error_text.hpp"
#include "ckpt/model/concatenation.hpp"
#include "commands/files.hpp"

using ckpt::as_bytes;
using ckpt::as_text;
using ckpt::Bytes;
using ckpt::model::Blob;
using ckpt::model::make_part;
using ckpt::samples::error_of;

namespace {

std::shared_ptr<const Blob> memory(std::string_view text) {
  const ckpt::ByteView bytes = as_bytes(text);
  return ckpt::model::make_memory_blob(Bytes(bytes.begin(), bytes.end()));
}

std::string read(const Blob& blob, std::uint64_t offset, std::size_t count) {
  Bytes bytes(count);
  read_exactly(blob, offset, bytes);
  return std::string(as_text(bytes));
}

}  // namespace

TEST_CASE("a blob in memory is read from anywhere, and lies in no file") {
  const auto blob = memory("0123456789");
  CHECK(blob->size_bytes() == 10);
  CHECK_FALSE(blob->range());
  CHECK_FALSE(blob->crc32());
  CHECK(read(*blob, 0, 10) == "0123456789");
  CHECK(read(*blob, 8, 2) == "89");
  CHECK(read(*blob, 10, 0).empty());
}

TEST_CASE("a stream gives fewer bytes only at its end") {
  const auto stream = memory("01234")->open(1);
  std::array<std::byte, 3> buffer{};
  CHECK(stream->read(buffer) == 3);
  CHECK(as_text(buffer) == "123");
  CHECK(stream->read(buffer) == 1);
  CHECK(stream->read(buffer) == 0);
}

TEST_CASE("a part of a blob is a blob") {
  const auto part = make_part(memory("0123456789"), 3, 4);
  CHECK(part->size_bytes() == 4);
  CHECK(read(*part, 0, 4) == "3456");
  CHECK(read(*make_part(part, 1, 2), 0, 2) == "45");
  CHECK(make_part(part, 4, 0)->size_bytes() == 0);
}

TEST_CASE("a range of a file knows where it lies, and its CRC-32 where it was given") {
  const ckpt::files::Folder folder;
  ckpt::files::write(folder / "a", "header0123456789");
  const auto file = ckpt::File::open(folder / "a");
  const auto blob = ckpt::model::make_range_blob({file, 6, 4}, 7);
  CHECK(blob->size_bytes() == 4);
  CHECK(blob->range()->offset == 6);
  CHECK(blob->crc32() == 7);
  CHECK(read(*blob, 1, 3) == "123");
  CHECK_FALSE(ckpt::model::make_range_blob({file, 6, 4})->crc32());
}

TEST_CASE("a part of a range of a file is one too") {
  const ckpt::files::Folder folder;
  ckpt::files::write(folder / "a", "header0123456789");
  const auto blob = ckpt::model::make_range_blob({ckpt::File::open(folder / "a"), 6, 10});
  const auto part = make_part(blob, 2, 5);
  REQUIRE(part->range());
  CHECK(part->range()->offset == 8);
  CHECK(part->range()->size_bytes == 5);
  CHECK(read(*part, 0, 5) == "23456");
}

TEST_CASE("what lies outside a blob is refused") {
  CHECK(error_of([] { make_part(memory("0123456789"), 8, 3); }) ==
        "malformed: bytes 8+3 reach outside a storage of 10 bytes");
  CHECK(error_of([] { make_part(memory("0123456789"), 1, ~std::uint64_t{0}); }) ==
        "malformed: bytes 1+18446744073709551615 reach outside a storage of 10 bytes");
  CHECK(error_of([] { read(*memory("01"), 0, 3); }) ==
        "malformed: a storage ends before its last byte");
}

TEST_CASE("a blob knows the file that its bytes come from, and so do its parts and sums") {
  const ckpt::files::Folder folder;
  ckpt::files::write(folder / "a", "0123456789");
  ckpt::files::write(folder / "b", "0123456789");
  const auto a = ckpt::File::open(folder / "a");
  const ckpt::FileIdentity other = ckpt::File::open(folder / "b")->identity();
  const auto in_file = ckpt::model::make_range_blob({a, 2, 6});
  for (const auto& blob : {std::shared_ptr<const Blob>(in_file), make_part(in_file, 1, 2),
                           ckpt::model::make_concatenation({memory("x"), in_file})}) {
    CHECK(blob->reads(a->identity()));
    CHECK_FALSE(blob->reads(other));
  }
  CHECK_FALSE(memory("x")->reads(a->identity()));
}
