#include "ckpt/base/atomic_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "base/error_text.hpp"
#include "commands/files.hpp"

using ckpt::as_bytes;
using ckpt::AtomicFile;
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

}  // namespace

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
