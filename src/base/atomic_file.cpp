#include "ckpt/base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

constexpr std::size_t buffer_bytes = 1 << 20;
constexpr mode_t output_mode = 0666;  // narrowed by the umask, as cp does

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return folder_of(path) /
         concat('.', path.filename().string(), ".", hex_text(number).substr(2), ".partial");
}

void refuse_unless_replaceable(const std::filesystem::path& path, Overwrite overwrite) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::usage,
                concat(path.string(), ": exists and is not a regular file, so it is not replaced"));
  if (overwrite == Overwrite::no)
    throw Error(ErrorKind::conflict, concat(path.string(), ": exists already"),
                "--force replaces it");
}

/// After a rename the name itself must reach the disk; a folder that cannot be opened for that
/// is no reason to call a complete output failed.
void flush_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, Overwrite overwrite)
    : path_(std::move(path)), overwrite_(overwrite) {
  refuse_unless_replaceable(path_, overwrite_);
#ifdef O_TMPFILE
  descriptor_ = ::open(folder_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, output_mode);
#endif
  if (descriptor_ < 0) {
    temporary_path_ = temporary_beside(path_);
    descriptor_ =
        ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, output_mode);
  }
  if (descriptor_ < 0) {
    temporary_path_.clear();
    throw_write_error(errno);
  }
  buffer_.reserve(buffer_bytes);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void AtomicFile::reserve(std::uint64_t size_bytes) {
#ifdef __linux__
  if (size_bytes == 0) return;
  if (::fallocate(descriptor_, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_bytes)) == 0) return;
  if (errno == ENOSPC || errno == EFBIG) throw_write_error(errno);
#else
  static_cast<void>(size_bytes);
#endif
}

void AtomicFile::write(ByteView bytes) {
  if (buffer_.size() + bytes.size() > buffer_bytes) flush();
  if (bytes.size() >= buffer_bytes) {
    write_fully(bytes);
  } else {
    append_bytes(buffer_, bytes);
  }
}

void AtomicFile::flush() {
  write_fully(buffer_);
  buffer_.clear();
}

void AtomicFile::write_fully(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_write_error(errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    position_ += static_cast<std::uint64_t>(count);
  }
}

void AtomicFile::write_range(const FileRange& range) {
  if (range.size_bytes < buffer_bytes / 16) return copy_through_buffer(range);
  flush();
#ifdef __linux__
  FileRange rest = range;
  while (rest.size_bytes > 0) {
    auto from = static_cast<off64_t>(rest.offset);
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest.size_bytes, std::uint64_t{1} << 30));
    const ssize_t count =
        ::copy_file_range(range.file->descriptor(), &from, descriptor_, nullptr, wanted, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == ENOSPC || errno == EIO || errno == EFBIG || errno == EDQUOT))
      throw_write_error(errno);
    if (count <= 0) break;  // not between these two files, or the input shrank: reading will tell
    rest.offset += static_cast<std::uint64_t>(count);
    rest.size_bytes -= static_cast<std::uint64_t>(count);
    position_ += static_cast<std::uint64_t>(count);
  }
  copy_through_buffer(rest);
#else
  copy_through_buffer(range);
#endif
}

void AtomicFile::copy_through_buffer(const FileRange& range) {
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

void AtomicFile::commit() {
  flush();
  // Space reserved beyond the end is given back.
  if (::ftruncate(descriptor_, static_cast<off_t>(position_)) != 0) throw_write_error(errno);
  if (::fsync(descriptor_) != 0) throw_write_error(errno);
  give_name();
  if (::close(std::exchange(descriptor_, -1)) != 0) throw_write_error(errno);
  flush_folder(folder_of(path_));
}

void AtomicFile::give_name() {
  const std::string nameless = concat("/proc/self/fd/", descriptor_);
  const bool has_name = !temporary_path_.empty();
  const auto link_to = [&](const std::filesystem::path& target) {
    return has_name
               ? ::link(temporary_path_.c_str(), target.c_str())
               : ::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW);
  };
  if (link_to(path_) == 0) return;
  if (errno != EEXIST) throw_write_error(errno);
  refuse_unless_replaceable(path_, overwrite_);
  if (!has_name) {
    const std::filesystem::path beside = temporary_beside(path_);
    if (link_to(beside) != 0) throw_write_error(errno);
    temporary_path_ = beside;
  }
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) throw_write_error(errno);
  temporary_path_.clear();
}

void AtomicFile::throw_write_error(int error_number) const {
  throw Error(
      ErrorKind::io,
      concat(path_.string(), ": cannot write: ", std::system_category().message(error_number)));
}

}  // namespace ckpt
