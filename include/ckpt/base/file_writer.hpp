// Bytes written in order behind one another to an open file: small pieces through a buffer, ranges
// of other files moved inside the kernel where that is the fastest way.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/page_block.hpp"

namespace ckpt {

/// Whether the disk must have the bytes of a file before it counts as written.
enum class Flush { no, yes };

/// What AtomicFile and AppendFile have in common; errors name the path.
class FileWriter {
 public:
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Bytes that the file has, those still buffered included; the next write goes there.
  std::uint64_t position() const { return position_ + buffered_; }

  void write(ByteView bytes);
  /// Appends a range of another file, or of this one before position().
  void write_range(const FileRange& range);

 protected:
  explicit FileWriter(std::filesystem::path path);
  ~FileWriter();

  /// Takes the descriptor over; writing starts at `position`, where the descriptor stands. With
  /// Flush::yes the disk gets to work meanwhile.
  void start(int descriptor, std::uint64_t position, Flush flush);
  /// Passes the buffered bytes on.
  void flush();
  /// The same, and waits until the disk has them.
  void flush_to_disk();
  void close();

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  [[noreturn]] void throw_write_error(int error_number) const;

 private:
  /// When the kernel gets the bytes of a range across the fastest.
  enum class KernelCopy {
    never,   ///< it moves them in small pieces
    alike,   ///< where both ends lie alike in their blocks, which then may be shared
    always,  ///< another machine copies, and nothing is sent here and back
  };

  static KernelCopy kernel_copy_of(int descriptor);
  void write_fully(ByteView bytes);
  void advance(std::uint64_t count);
  bool is_for_kernel(const FileRange& range) const;
  FileRange copy_in_kernel(FileRange range);
  void copy_through_buffer(FileRange range);

  std::filesystem::path path_;
  PageBlock buffer_;
  std::size_t buffered_ = 0;     // bytes of buffer_ that wait to be passed on
  std::uint64_t position_ = 0;   // of the descriptor; excludes buffer_
  std::uint64_t passed_on_ = 0;  // to the disk, without waiting
  Flush flush_ = Flush::yes;
  KernelCopy kernel_copy_ = KernelCopy::never;
  int descriptor_ = -1;
};

/// Where a relative name without folder lies: ".".
std::filesystem::path folder_of(const std::filesystem::path& path);

/// After a name was given or taken away that must reach the disk too; a folder that cannot be
/// opened for that is no reason to call a complete output failed.
void flush_folder(const std::filesystem::path& folder);

}  // namespace ckpt
