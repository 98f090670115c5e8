// Sequential output to an open file, the common base of AtomicFile and AppendFile. Small writes
// collect in a buffer. A range of another file is copied inside the kernel (copy_file_range) where
// that is faster, which lets the file system share blocks instead of copying them. Not thread-safe:
// one thread writes.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"
#include "ckpt/base/page_block.hpp"

namespace ckpt {

/// Whether a file counts as written only after the disk has its bytes (fsync).
enum class Flush { no, yes };

/// Errors begin with the path of the output.
class FileWriter {
 public:
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// The length of the file, buffered bytes included. The next write goes to this offset.
  std::uint64_t position() const { return position_ + buffered_; }

  /// Throws Error{io}.
  void write(ByteView bytes);
  /// Appends a range of another file, or of this file before position(). Throws Error{io}.
  void write_range(const FileRange& range);

 protected:
  explicit FileWriter(std::filesystem::path path);
  ~FileWriter();

  /// Takes ownership of `descriptor`, whose offset is `position`. With Flush::yes the writer asks
  /// the disk to start writing early, so that the final flush has less to wait for.
  void start(int descriptor, std::uint64_t position, Flush flush);
  /// Writes the buffered bytes to the file.
  void flush();
  /// flush(), then waits until the disk has everything.
  void flush_to_disk();
  void close();

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  [[noreturn]] void throw_write_error(int error_number) const;

 private:
  /// When a range is copied inside the kernel instead of through the buffer.
  enum class KernelCopy {
    never,   ///< never: this file system would copy in small pieces
    alike,   ///< when both offsets are aligned alike to blocks, which can then be shared
    always,  ///< always: on a network file system the server copies
  };

  static KernelCopy kernel_copy_of(int descriptor);
  void write_fully(ByteView bytes);
  void advance(std::uint64_t count);
  bool is_for_kernel(const FileRange& range) const;
  FileRange copy_in_kernel(FileRange range);
  void copy_through_buffer(FileRange range);

  std::filesystem::path path_;
  PageBlock buffer_;
  std::size_t buffered_ = 0;     // bytes in buffer_
  std::uint64_t position_ = 0;   // of the descriptor, without the bytes in buffer_
  std::uint64_t passed_on_ = 0;  // bytes that the disk was asked to write, without waiting
  Flush flush_ = Flush::yes;
  KernelCopy kernel_copy_ = KernelCopy::never;
  int descriptor_ = -1;
};

/// The folder that `path` lies in; "." for a name without a folder.
std::filesystem::path folder_of(const std::filesystem::path& path);

/// Flushes `folder` after a name in it was added or removed. A folder that cannot be opened is
/// ignored: the output itself is complete.
void flush_folder(const std::filesystem::path& folder);

}  // namespace ckpt
