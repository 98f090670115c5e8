// An output that appears under its name whole or not at all.
//
// Bytes go to a nameless file in the folder of the output (a named temporary where the file system
// has no O_TMPFILE). commit() flushes it and gives it its name; without commit() nothing is left.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt {

enum class Overwrite { no, yes };

class AtomicFile {
 public:
  /// Throws Error{io} when the folder cannot be written, Error{conflict} when `path` exists and
  /// `overwrite` is no, Error{usage} when it exists and is not a regular file.
  AtomicFile(std::filesystem::path path, Overwrite overwrite);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Bytes written so far; the next write goes there.
  std::uint64_t position() const { return position_ + buffer_.size(); }

  /// Reserves disk space for the whole output, so that a full disk shows before any byte moves.
  void reserve(std::uint64_t size_bytes);
  void write(ByteView bytes);
  /// Appends a range of another file, moved inside the kernel where it can.
  void write_range(const FileRange& range);
  /// Flushes and names the file. Throws Error{conflict} when the name was taken meanwhile.
  void commit();

 private:
  void flush();
  void write_fully(ByteView bytes);
  void copy_through_buffer(const FileRange& range);
  void give_name();
  [[noreturn]] void throw_write_error(int error_number) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_path_;  // empty while the file has no name
  Overwrite overwrite_;
  Bytes buffer_;
  std::uint64_t position_ = 0;  // of the descriptor; excludes buffer_
  int descriptor_ = -1;
};

}  // namespace ckpt
