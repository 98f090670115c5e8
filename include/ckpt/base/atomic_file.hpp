// An output that appears under its name whole or not at all.
//
// Bytes go to a nameless file in the folder of the output (a named temporary where the file system
// has no O_TMPFILE). commit() flushes it and gives it its name; without commit() nothing is left.
// With Flush::no that holds for whatever ends the program, but not for a power cut.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/file_writer.hpp"

namespace ckpt {

enum class Overwrite { no, yes };

class AtomicFile : public FileWriter {
 public:
  /// Throws Error{io} when the folder cannot be written, Error{conflict} when `path` exists and
  /// `overwrite` is no, Error{usage} when it exists and is not a regular file.
  AtomicFile(std::filesystem::path path, Overwrite overwrite, Flush flush = Flush::yes);
  ~AtomicFile();

  /// Reserves disk space for the whole output, so that a full disk shows before any byte moves.
  void reserve(std::uint64_t size_bytes);
  /// Flushes (unless told not to) and names the file. Throws Error{conflict} when the name was
  /// taken meanwhile.
  void commit();

 private:
  void give_name();
  bool link_nameless(const std::filesystem::path& target) const;
  bool rename_unless_taken();

  std::filesystem::path temporary_path_;  // empty while the file has no name
  Overwrite overwrite_;
  Flush flush_;
};

}  // namespace ckpt
