// Whether the kernel copies a range (copy_file_range) depends on the file system of the output:
// always on NFS, SMB, Ceph and FUSE, where the server can copy; never on ext4 and tmpfs, where
// reading and writing is as fast; elsewhere when the offsets are aligned alike, so that blocks can
// be shared.

#include "ckpt/base/file_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <initializer_list>
#include <system_error>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

/// Measured: 1 MiB is a fifth faster than 256 KiB when the page cache uses large folios, whose size
/// the kernel adapts to each write. 512 KiB to 2 MiB are equally fast.
constexpr std::size_t buffer_bytes = 1 << 20;
constexpr std::uint64_t least_direct_bytes = 64 << 10;  // smaller writes are collected
constexpr std::uint64_t writeback_bytes = std::uint64_t{32} << 20;

/// Whether SIGINT, SIGTERM or SIGHUP is pending. Only a program that blocks these signals can see
/// this; writing then stops with an error.
bool is_end_requested() {
  sigset_t waiting;
  if (::sigpending(&waiting) != 0) return false;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (::sigismember(&waiting, signal) == 1) return true;
  return false;
}

/// File systems that share bytes between files share whole blocks, when both offsets have the same
/// remainder modulo the block size.
constexpr std::uint64_t block_bytes = 4096;

std::uint64_t bytes_before_block(std::uint64_t offset) {
  return (block_bytes - offset % block_bytes) % block_bytes;
}

/// Returns the first `count` bytes of `range` and removes them from it.
FileRange cut_off(FileRange& range, std::uint64_t count) {
  FileRange first{range.file, range.offset, count};
  range.offset += count;
  range.size_bytes -= count;
  return first;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

void flush_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

FileWriter::FileWriter(std::filesystem::path path)
    : path_(std::move(path)), buffer_(buffer_bytes) {}

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWriter::start(int descriptor, std::uint64_t position, Flush flush) {
  descriptor_ = descriptor;
  position_ = passed_on_ = position;
  flush_ = flush;
  kernel_copy_ = kernel_copy_of(descriptor);
}

/// On ext4 and tmpfs, read() and write() are at least as fast as copy_file_range(), and up to 50 %
/// faster when the offsets in the page differ (bench/moving.py).
FileWriter::KernelCopy FileWriter::kernel_copy_of(int descriptor) {
#ifdef __linux__
  struct statfs status {};
  if (::fstatfs(descriptor, &status) != 0) return KernelCopy::alike;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case EXT4_SUPER_MAGIC:
    case TMPFS_MAGIC:
      return KernelCopy::never;
    case NFS_SUPER_MAGIC:
    case SMB2_SUPER_MAGIC:
    case CEPH_SUPER_MAGIC:
    case FUSE_SUPER_MAGIC:
      return KernelCopy::always;
    default:
      return KernelCopy::alike;
  }
#else
  static_cast<void>(descriptor);
  return KernelCopy::never;
#endif
}

void FileWriter::write(ByteView bytes) {
  if (buffered_ + bytes.size() > buffer_bytes) flush();
  if (bytes.size() >= buffer_bytes) return write_fully(bytes);
  std::ranges::copy(bytes, buffer_.bytes().subspan(buffered_).begin());
  buffered_ += bytes.size();
}

void FileWriter::flush() {
  write_fully(buffer_.first(buffered_));
  buffered_ = 0;
}

void FileWriter::write_fully(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_write_error(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    advance(static_cast<std::uint64_t>(count));
  }
}

/// Asks the disk to start writing what is there, so that the flush at the end has little left to
/// do.
void FileWriter::advance(std::uint64_t count) {
  position_ += count;
  if (is_end_requested())
    throw Error(ErrorKind::io, concat(path_.string(), ": writing was interrupted by a signal"));
#ifdef __linux__
  if (flush_ == Flush::no || position_ - passed_on_ < writeback_bytes) return;
  ::sync_file_range(descriptor_, static_cast<off64_t>(passed_on_),
                    static_cast<off64_t>(position_ - passed_on_), SYNC_FILE_RANGE_WRITE);
  passed_on_ = position_;
#endif
}

void FileWriter::write_range(const FileRange& range) {
  if (range.size_bytes < least_direct_bytes) return copy_through_buffer(range);
  const FileRange rest = is_for_kernel(range) ? copy_in_kernel(range) : range;
  flush();
  copy_through_buffer(rest);
}

bool FileWriter::is_for_kernel(const FileRange& range) const {
  if (kernel_copy_ != KernelCopy::alike) return kernel_copy_ == KernelCopy::always;
  return position() % block_bytes == range.offset % block_bytes;
}

/// Returns the part that the kernel did not copy.
FileRange FileWriter::copy_in_kernel(FileRange rest) {
#ifdef __linux__
  if (position() % block_bytes == rest.offset % block_bytes)
    copy_through_buffer(cut_off(rest, bytes_before_block(rest.offset)));
  flush();
  while (rest.size_bytes >= block_bytes) {
    auto from = static_cast<off64_t>(rest.offset);
    const std::size_t wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(rest.size_bytes / block_bytes * block_bytes, writeback_bytes));
    const ssize_t count =
        ::copy_file_range(rest.file->descriptor(), &from, descriptor_, nullptr, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EIO || errno == EFBIG || errno == EDQUOT))
      throw_write_error(errno);
    if (count <= 0)
      break;  // impossible between these files, or the input shrank: reading will
              // tell
    cut_off(rest, static_cast<std::uint64_t>(count));
    advance(static_cast<std::uint64_t>(count));
  }
#endif
  return rest;
}

void FileWriter::copy_through_buffer(FileRange range) {
  while (range.size_bytes > 0) {
    if (buffered_ == buffer_bytes) flush();
    const FileRange piece =
        cut_off(range, std::min<std::uint64_t>(range.size_bytes, buffer_bytes - buffered_));
    const auto count = static_cast<std::size_t>(piece.size_bytes);
    piece.file->read_at(piece.offset, buffer_.bytes().subspan(buffered_, count));
    buffered_ += count;
  }
}

void FileWriter::flush_to_disk() {
  flush();
  if (::fsync(descriptor_) != 0) throw_write_error(errno);
}

void FileWriter::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0) throw_write_error(errno);
}

void FileWriter::throw_write_error(int error_number) const {
  throw Error(
      ErrorKind::io,
      concat(path_.string(), ": cannot write: ", std::system_category().message(error_number)));
}

}  // namespace ckpt
