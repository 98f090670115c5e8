// Bytes written in order behind one another to an open file: small pieces through a buffer, ranges
// of other files moved inside the kernel where it can.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt {

/// What AtomicFile and AppendFile have in common; errors name the path.
class FileWriter {
 public:
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Bytes that the file has, those still buffered included; the next write goes there.
  std::uint64_t position() const { return position_ + buffer_.size(); }

  void write(ByteView bytes);
  /// Appends a range of another file, or of this one before position().
  void write_range(const FileRange& range);

 protected:
  explicit FileWriter(std::filesystem::path path) : path_(std::move(path)) {}
  ~FileWriter();

  /// Takes the descriptor over; writing starts at `position`, where the descriptor stands.
  void start(int descriptor, std::uint64_t position);
  /// Passes the buffered bytes on.
  void flush();
  /// The same, and waits until the disk has them.
  void flush_to_disk();
  void close();

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  [[noreturn]] void throw_write_error(int error_number) const;

 private:
  void write_fully(ByteView bytes);
  void advance(std::uint64_t count);
  void copy_through_buffer(const FileRange& range);

  std::filesystem::path path_;
  Bytes buffer_;
  std::uint64_t position_ = 0;   // of the descriptor; excludes buffer_
  std::uint64_t passed_on_ = 0;  // to the disk, without waiting
  int descriptor_ = -1;
};

/// Where a relative name without folder lies: ".".
std::filesystem::path folder_of(const std::filesystem::path& path);

/// After a name was given or taken away that must reach the disk too; a folder that cannot be
/// opened for that is no reason to call a complete output failed.
void flush_folder(const std::filesystem::path& folder);

}  // namespace ckpt
