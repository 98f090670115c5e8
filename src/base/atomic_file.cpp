#include "ckpt/base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

#include "base/unlink_guard.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

constexpr mode_t output_mode = 0666;  // narrowed by the umask, as cp does

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

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path, Overwrite overwrite, Flush flush)
    : FileWriter(std::move(path)), overwrite_(overwrite), flush_(flush) {
  refuse_unless_replaceable(this->path(), overwrite_);
  int opened = -1;
#ifdef O_TMPFILE
  opened = ::open(folder_of(this->path()).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, output_mode);
#endif
  if (opened < 0) {
    temporary_path_ = temporary_beside(this->path());
    opened = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, output_mode);
  }
  if (opened < 0) {
    temporary_path_.clear();
    throw_write_error(errno);
  }
  UnlinkGuard guard(temporary_path_);
  start(opened, 0, flush_);
  guard.release();
}

AtomicFile::~AtomicFile() {
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void AtomicFile::reserve(std::uint64_t size_bytes) {
#ifdef __linux__
  if (size_bytes == 0) return;
  if (::fallocate(descriptor(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size_bytes)) == 0)
    return;
  if (errno == ENOSPC || errno == EFBIG) throw_write_error(errno);
#else
  static_cast<void>(size_bytes);
#endif
}

void AtomicFile::commit() {
  flush();
  // Space reserved beyond the end is given back.
  if (::ftruncate(descriptor(), static_cast<off_t>(position())) != 0) throw_write_error(errno);
  if (flush_ == Flush::yes) flush_to_disk();
  give_name();
  close();
  if (flush_ == Flush::yes) flush_folder(folder_of(path()));
}

void AtomicFile::give_name() {
  if (temporary_path_.empty() ? link_nameless(path()) : rename_unless_taken()) return;
  refuse_unless_replaceable(path(), overwrite_);
  if (temporary_path_.empty()) {
    std::filesystem::path beside = temporary_beside(path());
    if (!link_nameless(beside)) throw_write_error(EEXIST);
    temporary_path_ = std::move(beside);  // no allocation that could fail
  }
  if (::rename(temporary_path_.c_str(), path().c_str()) != 0) throw_write_error(errno);
  temporary_path_.clear();
}

/// False when `target` exists.
bool AtomicFile::link_nameless(const std::filesystem::path& target) const {
  const std::string nameless = concat("/proc/self/fd/", descriptor());
  if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0)
    return true;
  if (errno != EEXIST) throw_write_error(errno);
  return false;
}

/// False when the name is taken, or the file system cannot rename without replacing; which of the
/// two it is shows the look that follows.
bool AtomicFile::rename_unless_taken() {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, temporary_path_.c_str(), AT_FDCWD, path().c_str(), RENAME_NOREPLACE) !=
      0) {
    if (errno != EEXIST && errno != EINVAL && errno != ENOSYS) throw_write_error(errno);
    return false;
  }
  temporary_path_.clear();
  return true;
#else
  return false;
#endif
}

}  // namespace ckpt
