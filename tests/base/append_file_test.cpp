#include "ckpt/base/append_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "base/error_text.hpp"
#include "commands/files.hpp"

using ckpt::AppendFile;
using ckpt::as_bytes;
using ckpt::File;
using ckpt::Recovery;
using ckpt::files::Folder;
using ckpt::samples::error_of;
namespace fs = std::filesystem;

namespace {

constexpr const char* note_name = ".model.pt.ckpt-undo";

fs::path make_model(const Folder& folder) {
  ckpt::files::write(folder / "model.pt", "before");
  return folder / "model.pt";
}

/// What an editor that died leaves: the note, and some of the new bytes.
void leave_unfinished(const fs::path& path) {
  std::string note;
  {
    AppendFile out(*File::open(path));
    note = ckpt::files::read(path.parent_path() / note_name);
  }
  ckpt::files::write(path.parent_path() / note_name, note);
  ckpt::files::write(path, ckpt::files::read(path) + "half");
}

}  // namespace

TEST_CASE("committed bytes follow what was there") {
  const Folder folder;
  const fs::path path = make_model(folder);
  AppendFile out(*File::open(path));
  CHECK(out.position() == 6);
  out.write(as_bytes(" and after"));
  CHECK(ckpt::files::read(folder / note_name) == "ckpt undo 1\nsize 6\nend 6265666f7265\n");
  out.commit();
  CHECK(ckpt::files::read(path) == "before and after");
  CHECK_FALSE(fs::exists(folder / note_name));
}

TEST_CASE("the note, which holds bytes of the file, is as closed to others as the file") {
  const Folder folder;
  const fs::path path = make_model(folder);
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  const AppendFile out(*File::open(path));
  struct stat status {};
  REQUIRE(::stat((folder / note_name).c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("without a commit the file is what it was") {
  const Folder folder;
  const fs::path path = make_model(folder);
  {
    AppendFile out(*File::open(path));
    out.write(as_bytes(std::string(3 << 20, 'x')));
  }
  CHECK(ckpt::files::read(path) == "before");
  CHECK_FALSE(fs::exists(folder / note_name));
}

TEST_CASE("a range of the file itself can be appended") {
  const Folder folder;
  const fs::path path = make_model(folder);
  const auto file = File::open(path);
  AppendFile out(*file);
  out.write_range({file, 2, 4});
  out.commit();
  CHECK(ckpt::files::read(path) == "beforefore");
}

TEST_CASE("what a dead editor left is cut back, through a symbolic link too") {
  const Folder folder;
  const fs::path path = make_model(folder);
  fs::create_directory(folder / "links");
  fs::create_symlink(path, folder / "links/latest.pt");
  for (const fs::path& name : {path, folder / "links/latest.pt"}) {
    leave_unfinished(path);
    CHECK(ckpt::recover_file(name) == Recovery::cut_back);
    CHECK(ckpt::files::read(path) == "before");
    CHECK_FALSE(fs::exists(folder / note_name));
    CHECK(ckpt::recover_file(name) == Recovery::nothing_to_do);
  }
}

TEST_CASE("the note of a file that was replaced since is taken away, the file untouched") {
  const Folder folder;
  const fs::path path = make_model(folder);
  leave_unfinished(path);
  ckpt::files::write(path, "another file");
  CHECK(ckpt::recover_file(path) == Recovery::nothing_to_do);
  CHECK(ckpt::files::read(path) == "another file");
  CHECK_FALSE(fs::exists(folder / note_name));
}

TEST_CASE("while one edits, others neither edit nor recover") {
  const Folder folder;
  const fs::path path = make_model(folder);
  const auto file = File::open(path);
  AppendFile out(*file);
  const std::string refusal =
      "conflict: " + path.string() + ": another program is editing it in place";
  CHECK(error_of([&] { AppendFile second(*file); }) == refusal);
  CHECK(error_of([&] { ckpt::recover_file(path); }) == refusal);
  CHECK(fs::exists(folder / note_name));
}

TEST_CASE("a file that changed since it was read is refused") {
  const Folder folder;
  const fs::path path = make_model(folder);
  const auto file = File::open(path);
  ckpt::files::write(path, "longer than before");
  CHECK(error_of([&] { AppendFile out(*file); }) ==
        "conflict: " + path.string() + ": was changed while it was read");
  CHECK_FALSE(fs::exists(folder / note_name));
}

TEST_CASE("what is no note is named and left alone") {
  const Folder folder;
  const fs::path path = make_model(folder);
  for (const char* text : {"", "ckpt undo 1\nsize x\nend 00\n", "ckpt undo 1\nsize 3\n", "hello"}) {
    ckpt::files::write(folder / note_name, text);
    CHECK(error_of([&] { ckpt::recover_file(path); }) ==
          "malformed: " + (folder / note_name).string() +
              ": is no undo note of ckpt [what it belongs to was not touched; remove or rename it "
              "to go on]");
    CHECK(ckpt::files::read(path) == "before");
  }
}
