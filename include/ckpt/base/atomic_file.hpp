// An output that appears under its name whole or not at all.
//
// Bytes go to a nameless file in the folder of the output (a named temporary where the file system
// has no O_TMPFILE). commit() flushes it and gives it its name; without commit() nothing is left.
// With Flush::no that holds for whatever ends the program, but not for a power cut.
//
// What an output replaces lends it its owner, group, access list and mode, as when cp writes over a
// file; a symbolic link stays, and what it leads to is replaced. Other hard links keep the old
// file.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/file_writer.hpp"

namespace ckpt {

enum class Overwrite { no, yes };

/// Whether an output may get this name, without a file made: what a dry run has to say.
/// Throws as AtomicFile does; a folder that exists and cannot be written is not noticed.
void require_free_name(const std::filesystem::path& path, Overwrite overwrite);

class AtomicFile : public FileWriter {
 public:
  /// Throws Error{io} when the folder cannot be written, Error{conflict} when `path` exists or is a
  /// link that leads nowhere and `overwrite` is no, Error{usage} when it exists and is not a
  /// regular file.
  AtomicFile(std::filesystem::path path, Overwrite overwrite, Flush flush = Flush::yes);
  /// A new file that nobody may read who may not read what `like` names. Errors as above.
  AtomicFile(std::filesystem::path path, const std::filesystem::path& like);
  ~AtomicFile();

  /// Reserves disk space for the whole output, so that a full disk shows before any byte moves.
  void reserve(std::uint64_t size_bytes);
  /// Flushes (unless told not to) and names the file. Throws Error{conflict} when the name was
  /// taken meanwhile.
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
