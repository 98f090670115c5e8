#include "ckpt/base/file_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

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

constexpr std::size_t buffer_bytes = 1 << 20;
constexpr std::uint64_t writeback_bytes = std::uint64_t{32} << 20;

/// A program that holds back the signals which end it lets them wait; only then can one be seen.
bool is_end_requested() {
  sigset_t waiting;
  if (::sigpending(&waiting) != 0) return false;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (::sigismember(&waiting, signal) == 1) return true;
  return false;
}

/// Of file systems that let files share bytes: whole blocks at places that are alike.
constexpr std::uint64_t block_bytes = 4096;

std::uint64_t bytes_before_block(std::uint64_t offset) {
  return (block_bytes - offset % block_bytes) % block_bytes;
}

/// The first `count` bytes of `range`, which then starts behind them.
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

FileWriter::~FileWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FileWriter::start(int descriptor, std::uint64_t position) {
  descriptor_ = descriptor;
  position_ = passed_on_ = position;
  buffer_.reserve(buffer_bytes);
}

void FileWriter::write(ByteView bytes) {
  if (buffer_.size() + bytes.size() > buffer_bytes) flush();
  if (bytes.size() >= buffer_bytes) {
    write_fully(bytes);
  } else {
    append_bytes(buffer_, bytes);
  }
}

void FileWriter::flush() {
  write_fully(buffer_);
  buffer_.clear();
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

/// Has the disk begin with what was written, so that the flush at the end finds little left to do.
void FileWriter::advance(std::uint64_t count) {
  position_ += count;
  if (is_end_requested())
    throw Error(ErrorKind::io, concat(path_.string(), ": writing was interrupted by a signal"));
#ifdef __linux__
  if (position_ - passed_on_ < writeback_bytes) return;
  ::sync_file_range(descriptor_, static_cast<off64_t>(passed_on_),
                    static_cast<off64_t>(position_ - passed_on_), SYNC_FILE_RANGE_WRITE);
  passed_on_ = position_;
#endif
}

void FileWriter::write_range(const FileRange& range) {
  if (range.size_bytes < buffer_bytes / 16) return copy_through_buffer(range);
#ifdef __linux__
  FileRange rest = range;
  if (position() % block_bytes == rest.offset % block_bytes)
    copy_through_buffer(cut_off(rest, bytes_before_block(rest.offset)));
  flush();
  while (rest.size_bytes >= block_bytes) {
    auto from = static_cast<off64_t>(rest.offset);
    const std::size_t wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(rest.size_bytes / block_bytes * block_bytes, writeback_bytes));
    const ssize_t count =
        ::copy_file_range(range.file->descriptor(), &from, descriptor_, nullptr, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EIO || errno == EFBIG || errno == EDQUOT))
      throw_write_error(errno);
    if (count <= 0) break;  // not between these two files, or the input shrank: reading will tell
    rest.offset += static_cast<std::uint64_t>(count);
    rest.size_bytes -= static_cast<std::uint64_t>(count);
    advance(static_cast<std::uint64_t>(count));
  }
  copy_through_buffer(rest);
#else
  flush();
  copy_through_buffer(range);
#endif
}

void FileWriter::copy_through_buffer(const FileRange& range) {
  std::uint64_t offset = range.offset;
  std::uint64_t rest = range.size_bytes;
  while (rest > 0) {
    if (buffer_.size() == buffer_bytes) flush();
    const std::size_t old_size = buffer_.size();
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest, buffer_bytes - old_size));
    buffer_.resize(old_size + count);
    range.file->read_at(offset, std::span(buffer_).subspan(old_size));
    offset += count;
    rest -= count;
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
