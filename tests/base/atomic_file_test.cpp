#include "ckpt/base/atomic_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/error_text.hpp"
#include "ckpt/base/text.hpp"
#include "commands/files.hpp"

using ckpt::as_bytes;
using ckpt::AtomicFile;
using ckpt::concat;
using ckpt::Overwrite;
using ckpt::files::Folder;
using ckpt::samples::error_of;
namespace fs = std::filesystem;

namespace {

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator{}));
}

void write_whole(const fs::path& path, const std::string& bytes, Overwrite overwrite) {
  AtomicFile out(path, overwrite);
  out.write(as_bytes(bytes));
  out.commit();
}

struct stat status_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status;
}

mode_t mode_of(const fs::path& path) { return status_of(path).st_mode & 0777; }

struct OpenOutput : AtomicFile {
  using AtomicFile::AtomicFile;
  using AtomicFile::descriptor;
};

}  // namespace

TEST_CASE("a name is free when nothing is there, or what is there may be replaced") {
  const Folder folder;
  const fs::path path = folder.path() / "out.pt";
  const auto error_with = [](const fs::path& name, Overwrite overwrite) {
    return error_of([&] { ckpt::require_free_name(name, overwrite); });
  };
  ckpt::require_free_name(path, Overwrite::no);
  AtomicFile(path, Overwrite::no).commit();
  CHECK(error_with(path, Overwrite::no) ==
        concat("conflict: ", path.string(), ": exists already [--force replaces it]"));
  ckpt::require_free_name(path, Overwrite::yes);
  const fs::path below = path / "x.pt";
  CHECK(error_with(below, Overwrite::no) ==
        concat("io: ", below.string(), ": cannot write: Not a directory"));
}

TEST_CASE("an output appears under its name when it is committed, not before") {
  const Folder folder;
  AtomicFile out(folder / "out", Overwrite::no);
  out.write(as_bytes("all of it"));
  CHECK_FALSE(fs::exists(folder / "out"));
  CHECK(out.position() == 9);
  out.commit();
  CHECK(ckpt::files::read(folder / "out") == "all of it");
  CHECK(entries_in(folder / ".") == 1);
}

TEST_CASE("an output that is not committed leaves nothing") {
  const Folder folder;
  {
    AtomicFile out(folder / "out", Overwrite::no);
    out.write(as_bytes(std::string(3 << 20, 'x')));
  }
  CHECK(entries_in(folder / ".") == 0);
}

TEST_CASE("an existing output is refused and stays as it was") {
  const Folder folder;
  ckpt::files::write(folder / "out", "old");
  CHECK(error_of([&] { AtomicFile(folder / "out", Overwrite::no); }) ==
        "conflict: " + (folder / "out").string() + ": exists already [--force replaces it]");
  CHECK(ckpt::files::read(folder / "out") == "old");
}

TEST_CASE("an existing output is replaced as a whole when asked to") {
  const Folder folder;
  ckpt::files::write(folder / "out", "old and longer");
  write_whole(folder / "out", "new", Overwrite::yes);
  CHECK(ckpt::files::read(folder / "out") == "new");
  CHECK(entries_in(folder / ".") == 1);
  { AtomicFile(folder / "out", Overwrite::yes).write(as_bytes("never committed")); }
  CHECK(ckpt::files::read(folder / "out") == "new");
}

TEST_CASE("a name that was taken meanwhile is refused at the end") {
  const Folder folder;
  AtomicFile out(folder / "out", Overwrite::no);
  out.write(as_bytes("ours"));
  ckpt::files::write(folder / "out", "theirs");
  CHECK(error_of([&] { out.commit(); }) ==
        "conflict: " + (folder / "out").string() + ": exists already [--force replaces it]");
  CHECK(ckpt::files::read(folder / "out") == "theirs");
}

TEST_CASE("what is no regular file is never replaced") {
  const Folder folder;
  fs::create_directory(folder / "out");
  CHECK(error_of([&] { AtomicFile(folder / "out", Overwrite::yes); }) ==
        "usage: " + (folder / "out").string() +
            ": exists and is not a regular file, so it is not replaced");
  CHECK(error_of([&] { AtomicFile("/dev/null", Overwrite::yes); }) ==
        "usage: /dev/null: exists and is not a regular file, so it is not replaced");
}

TEST_CASE("an output in a folder that is not there is refused at once") {
  const Folder folder;
  CHECK(error_of([&] { AtomicFile(folder / "none/out", Overwrite::no); }) ==
        "io: " + (folder / "none/out").string() + ": cannot write: No such file or directory");
}

TEST_CASE("ranges of files and written bytes follow each other") {
  const Folder folder;
  std::string large(3 << 20, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 >> 3);
  ckpt::files::write(folder / "in", "head" + large + "tail");
  const auto in = ckpt::File::open(folder / "in");
  AtomicFile out(folder / "out", Overwrite::no);
  out.reserve(large.size() + 8);
  out.write(as_bytes("<"));
  out.write_range({in, 2, 2});
  out.write_range({in, 4, large.size()});
  CHECK(out.position() == large.size() + 3);
  out.write_range({in, 4 + large.size(), 4});
  out.write_range({in, 0, 0});
  out.write(as_bytes(">"));
  out.commit();
  const bool is_equal = ckpt::files::read(folder / "out") == "<ad" + large + "tail>";
  CHECK(is_equal);
}

TEST_CASE("space that was reserved beyond the end is given back") {
  const Folder folder;
  AtomicFile out(folder / "out", Overwrite::no);
  out.reserve(1 << 20);
  out.write(as_bytes("short"));
  out.commit();
  CHECK(fs::file_size(folder / "out") == 5);
}

TEST_CASE("an output has the permissions of any new file") {
  const Folder folder;
  ckpt::files::write(folder / "plain", "x");
  write_whole(folder / "out", "x", Overwrite::no);
  CHECK(fs::status(folder / "out").permissions() == fs::status(folder / "plain").permissions());
}

TEST_CASE("blocks of every size around the buffer are written in order") {
  const Folder folder;
  std::string expected;
  AtomicFile out(folder / "out", Overwrite::no);
  constexpr std::size_t buffer = 1 << 20;
  for (const std::size_t size :
       {std::size_t{1}, buffer - 1, buffer, buffer + 1, std::size_t{7}, 2 * buffer}) {
    const std::string block(size, static_cast<char>('a' + expected.size() % 26));
    out.write(as_bytes(block));
    expected += block;
  }
  out.commit();
  const bool is_equal = ckpt::files::read(folder / "out") == expected;
  CHECK(is_equal);
}

TEST_CASE("an output keeps the mode of what it replaces, also one that is closed to others") {
  const Folder folder;
  for (const mode_t mode : {0600U, 0640U, 0664U, 0444U, 0755U}) {
    ckpt::files::write(folder / "out", "old");
    REQUIRE(::chmod((folder / "out").c_str(), mode) == 0);
    write_whole(folder / "out", "new", Overwrite::yes);
    CHECK(mode_of(folder / "out") == mode);
    CHECK(ckpt::files::read(folder / "out") == "new");
    fs::remove(folder / "out");
  }
}

TEST_CASE("an output keeps the mode that what it replaces was given while it was written") {
  const Folder folder;
  ckpt::files::write(folder / "out", "old");
  AtomicFile out(folder / "out", Overwrite::yes);
  out.write(as_bytes("new"));
  REQUIRE(::chmod((folder / "out").c_str(), 0600) == 0);
  out.commit();
  CHECK(mode_of(folder / "out") == 0600);
}

TEST_CASE("an output keeps the owner and the group of what it replaces, where it may set them") {
  if (::geteuid() != 0) return;
  const Folder folder;
  ckpt::files::write(folder / "out", "old");
  REQUIRE(::chown((folder / "out").c_str(), 12345, 23456) == 0);
  write_whole(folder / "out", "new", Overwrite::yes);
  CHECK(status_of(folder / "out").st_uid == 12345);
  CHECK(status_of(folder / "out").st_gid == 23456);
}

TEST_CASE("an output that replaces what a link leads to leaves the link") {
  const Folder folder;
  fs::create_directory(folder / "store");
  ckpt::files::write(folder / "store/real", "old");
  REQUIRE(::chmod((folder / "store/real").c_str(), 0600) == 0);
  fs::create_symlink("store/second", folder / "first");
  fs::create_symlink("real", folder / "store/second");
  write_whole(folder / "first", "new", Overwrite::yes);
  CHECK(fs::read_symlink(folder / "first") == "store/second");
  CHECK(fs::read_symlink(folder / "store/second") == "real");
  CHECK(ckpt::files::read(folder / "store/real") == "new");
  CHECK(mode_of(folder / "store/real") == 0600);
  CHECK(entries_in(folder / "store") == 2);
}

TEST_CASE("a link that leads nowhere is replaced only when asked to, and then written through") {
  const Folder folder;
  fs::create_directory(folder / "store");
  fs::create_symlink("store/real", folder / "link");
  const std::string expected = "conflict: " + (folder / "link").string() +
                               ": is a link to store/real, which does not exist [--force writes "
                               "there]";
  CHECK(error_of([&] { AtomicFile(folder / "link", Overwrite::no); }) == expected);
  AtomicFile late(folder / "late", Overwrite::no);
  fs::create_symlink("store/real", folder / "late");
  CHECK(error_of([&] { late.commit(); }) ==
        "conflict: " + (folder / "late").string() +
            ": is a link to store/real, which does not exist [--force writes there]");
  write_whole(folder / "link", "new", Overwrite::yes);
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(ckpt::files::read(folder / "store/real") == "new");
}

TEST_CASE("links in a circle are refused") {
  const Folder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  CHECK(error_of([&] { AtomicFile(folder / "a", Overwrite::yes); }) ==
        "io: " + (folder / "a").string() + ": Too many levels of symbolic links");
}

TEST_CASE("an output without a name yet is as closed to others as what it replaces") {
  const Folder folder;
  ckpt::files::write(folder / "out", "old");
  REQUIRE(::chmod((folder / "out").c_str(), 0600) == 0);
  const OpenOutput out(folder / "out", Overwrite::yes);
  struct stat status {};
  REQUIRE(::fstat(out.descriptor(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}
