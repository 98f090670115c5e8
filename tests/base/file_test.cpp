#include "ckpt/base/file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <array>
#include <string>

#include "base/error_text.hpp"
#include "commands/files.hpp"

using ckpt::File;
using ckpt::files::Folder;
using ckpt::samples::error_of;

TEST_CASE("a file is read by position, any number of times") {
  const Folder folder;
  ckpt::files::write(folder / "a", "0123456789");
  const auto file = File::open(folder / "a");
  CHECK(file->size_bytes() == 10);
  CHECK(ckpt::as_text(file->read_bytes(7, 3)) == "789");
  CHECK(ckpt::as_text(file->read_bytes(0, 2)) == "01");
  CHECK(file->read_bytes(10, 0).empty());
}

TEST_CASE("a range outside the file is refused before anything is allocated") {
  const Folder folder;
  ckpt::files::write(folder / "a", "0123456789");
  const auto file = File::open(folder / "a");
  CHECK(error_of([&] { file->read_bytes(8, 3); }) ==
        "malformed: bytes 8 to 8+3 lie outside the file of 10 bytes");
  CHECK(error_of([&] { file->read_bytes(1, ~std::uint64_t{0}); }) ==
        "malformed: bytes 1 to 1+18446744073709551615 lie outside the file of 10 bytes");
  CHECK(error_of([&] { file->read_bytes(11, 0); }) ==
        "malformed: bytes 11 to 11+0 lie outside the file of 10 bytes");
}

TEST_CASE("a part of a file is a file, and ends where it ends") {
  const Folder folder;
  ckpt::files::write(folder / "a", "0123456789");
  const ckpt::FilePart part({File::open(folder / "a"), 3, 4});
  CHECK(part.size_bytes() == 4);
  CHECK(ckpt::as_text(part.read_bytes(1, 3)) == "456");
  std::array<std::byte, 2> bytes;
  CHECK(error_of([&] { part.read_at(3, bytes); }) ==
        "malformed: bytes 3 to 3+2 lie outside the file of 4 bytes");
}

TEST_CASE("holes are passed over") {
  const Folder folder;
  constexpr std::uint64_t hole = std::uint64_t{1} << 40;
  ckpt::files::write(folder / "a", "0123");
  ckpt::files::fs::resize_file(folder / "a", hole);
  const auto file = File::open(folder / "a");
  CHECK(file->find_data(2) == 2);
  const auto end_of_block = file->find_data(4);
  if (end_of_block) CHECK(*end_of_block < 1 << 20);
  CHECK(file->find_data(hole / 2) == std::nullopt);
  CHECK(file->find_data(hole) == std::nullopt);
  const ckpt::FilePart part({file, hole / 4, hole / 2});
  CHECK(part.find_data(1) == std::nullopt);
  const ckpt::FilePart start({file, 1, 2});
  CHECK(start.find_data(1) == 1);
  CHECK(start.find_data(2) == std::nullopt);
}

TEST_CASE("a file that became shorter while it was read is named") {
  const Folder folder;
  ckpt::files::write(folder / "a", "0123456789");
  const auto file = File::open(folder / "a");
  ckpt::files::fs::resize_file(folder / "a", 4);
  std::array<std::byte, 6> bytes;
  CHECK(error_of([&] { file->read_at(2, bytes); }) ==
        "io: " + (folder / "a").string() + ": ends at byte 4, but 4 more bytes should follow");
}

TEST_CASE("what is no regular file is refused by its kind") {
  const Folder folder;
  CHECK(error_of([&] { File::open(folder / "none"); }) ==
        "io: " + (folder / "none").string() + ": no such file");
  CHECK(error_of([&] { File::open(folder / "."); }) ==
        "io: " + (folder / ".").string() + ": is a directory, expected a regular file");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(error_of([&] { File::open(folder / "fifo"); }) ==
        "io: " + (folder / "fifo").string() + ": is a FIFO, expected a regular file");
  CHECK(error_of([&] { File::open("/dev/null"); }) ==
        "io: /dev/null: is a device, expected a regular file");
}

TEST_CASE("two names of one file have one identity") {
  const Folder folder;
  ckpt::files::write(folder / "a", "x");
  ckpt::files::write(folder / "b", "x");
  ckpt::files::fs::create_hard_link(folder / "a", folder / "hard");
  ckpt::files::fs::create_symlink(folder / "a", folder / "soft");
  const auto identity = ckpt::find_identity(folder / "a");
  REQUIRE(identity);
  CHECK(ckpt::find_identity(folder / "hard") == identity);
  CHECK(ckpt::find_identity(folder / "soft") == identity);
  CHECK(ckpt::find_identity(folder / "b") != identity);
  CHECK(File::open(folder / "soft")->identity() == *identity);
  CHECK_FALSE(ckpt::find_identity(folder / "none"));
}
