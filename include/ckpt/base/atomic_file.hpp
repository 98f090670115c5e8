// An output file that appears under its name complete or not at all.
//
// The bytes go to a nameless file (O_TMPFILE) in the folder of the output, or to a temporary
// ".NAME.XXXX.partial" where the file system has no nameless files. commit() flushes it to the disk
// and gives it its name. Without commit() nothing remains. With Flush::no this still holds when the
// program is killed, but not when the power fails.
//
// An existing file that is replaced passes on its owner, group, access list and mode, as `cp` over
// a file keeps them. A symbolic link stays a link: the file that it leads to is replaced. Other
// hard links to the old file keep the old content.
//
// One thread writes to an AtomicFile; it has no locks.
// file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/file_writer.hpp"

namespace ckpt {

enum class Overwrite { no, yes };

/// Checks whether an output may get this name, without creating a file: a dry run must refuse what
/// the real run would refuse. Throws as AtomicFile does; an existing folder without write access is
/// not noticed.
void require_free_name(const std::filesystem::path& path, Overwrite overwrite);

class AtomicFile : public FileWriter {
 public:
  /// Creates the temporary file; nothing appears under `path` yet.
  ///
  /// Throws Error{io} when the folder cannot be written; Error{conflict} when `path` exists, or is
  /// a symbolic link to nothing, and `overwrite` is no; Error{usage} when `path` is not a regular
  /// file.
  AtomicFile(std::filesystem::path path, Overwrite overwrite, Flush flush = Flush::yes);
  /// Creates a new file with the owner, group, access list and mode of the file `like`, so that a
  /// copy of private bytes is as private as the original. Throws as the other constructor does.
  AtomicFile(std::filesystem::path path, const std::filesystem::path& like);
  ~AtomicFile();

  /// Reserves disk space for the whole output, so that a full disk is reported before any byte is
  /// copied. Throws Error{io}.
  void reserve(std::uint64_t size_bytes);
  /// Flushes (with Flush::yes) and gives the file its name. Throws Error{conflict} when a file of
  /// that name appeared in the meantime and `overwrite` was no.
  void commit();

 private:
  void create(const std::filesystem::path& like);
  void open_new(const std::filesystem::path& like);
  void give_name();
  bool link_nameless(const std::filesystem::path& target) const;
  bool rename_unless_taken();

  std::filesystem::path target_;          // path(), or what it leads to as a link
  std::filesystem::path temporary_path_;  // empty while the file has no name
  Overwrite overwrite_;
  Flush flush_;
};

}  // namespace ckpt
