#include "ckpt/base/atomic_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <utility>

#include "base/access.hpp"
#include "base/unlink_guard.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

constexpr mode_t mode_of_new_files = 0666;  // narrowed by the umask
constexpr mode_t mode_of_owner = 0600;      // until the access rights of another file are copied

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::random_device random;
  const std::uint64_t number = (std::uint64_t{random()} << 32) | random();
  return folder_of(path) /
         concat('.', path.filename().string(), ".", hex_text(number).substr(2), ".partial");
}

void refuse_dangling(const std::filesystem::path& path, Overwrite overwrite) {
  if (overwrite == Overwrite::yes) return;
  std::error_code error;
  const std::filesystem::path leads_to = std::filesystem::read_symlink(path, error);
  if (error) return;  // nothing exists at `path`
  throw Error(ErrorKind::conflict,
              concat(path.string(), ": is a link to ", leads_to.string(), ", which does not exist"),
              "--force writes there");
}

bool is_there(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0;
}

void refuse_unless_replaceable(const std::filesystem::path& path, Overwrite overwrite) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return refuse_dangling(path, overwrite);
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::usage,
                concat(path.string(), ": exists and is not a regular file, so it is not replaced"));
  if (overwrite == Overwrite::no)
    throw Error(ErrorKind::conflict, concat(path.string(), ": exists already"),
                "--force replaces it");
}

}  // namespace

void require_free_name(const std::filesystem::path& path, Overwrite overwrite) {
  refuse_unless_replaceable(path, overwrite);
  struct stat status {};
  int error_number = ::stat(folder_of(follow_links(path)).c_str(), &status) == 0 ? 0 : errno;
  if (error_number == 0 && !S_ISDIR(status.st_mode)) error_number = ENOTDIR;
  if (error_number != 0)
    throw Error(ErrorKind::io,
                concat(path.string(), ": cannot write: ", std::strerror(error_number)));
}

AtomicFile::AtomicFile(std::filesystem::path path, Overwrite overwrite, Flush flush)
    : FileWriter(std::move(path)), overwrite_(overwrite), flush_(flush) {
  create({});
}

AtomicFile::AtomicFile(std::filesystem::path path, const std::filesystem::path& like)
    : FileWriter(std::move(path)), overwrite_(Overwrite::no), flush_(Flush::yes) {
  create(like);
}

void AtomicFile::create(const std::filesystem::path& like) {
  refuse_unless_replaceable(path(), overwrite_);
  target_ = follow_links(path());
  open_new(like.empty() ? target_ : like);
}

/// Copies the access rights of `like` before any byte is written.
void AtomicFile::open_new(const std::filesystem::path& like) {
  const mode_t mode = is_there(like) ? mode_of_owner : mode_of_new_files;
  int opened = -1;
#ifdef O_TMPFILE
  opened = ::open(folder_of(target_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
#endif
  if (opened < 0) {
    temporary_path_ = temporary_beside(target_);
    opened = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  }
  if (opened < 0) {
    temporary_path_.clear();
    throw_write_error(errno);
  }
  UnlinkGuard guard(temporary_path_);
  if (mode == mode_of_owner) take_access(like, opened);
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
  // Give back space that was reserved beyond the end.
  if (::ftruncate(descriptor(), static_cast<off_t>(position())) != 0) throw_write_error(errno);
  if (flush_ == Flush::yes) flush_to_disk();
  give_name();
  close();
  if (flush_ == Flush::yes) flush_folder(folder_of(path()));
}

void AtomicFile::give_name() {
  if (temporary_path_.empty() ? link_nameless(target_) : rename_unless_taken()) return;
  refuse_unless_replaceable(path(), overwrite_);
  take_access(target_, descriptor());  // the target may have appeared or changed since
  if (temporary_path_.empty()) {
    std::filesystem::path beside = temporary_beside(target_);
    if (!link_nameless(beside)) throw_write_error(EEXIST);
    temporary_path_ = std::move(beside);  // a move: allocating could fail here
  }
  if (::rename(temporary_path_.c_str(), target_.c_str()) != 0) throw_write_error(errno);
  temporary_path_.clear();
}

/// Returns false when `target` exists.
bool AtomicFile::link_nameless(const std::filesystem::path& target) const {
  const std::string nameless = concat("/proc/self/fd/", descriptor());
  if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0)
    return true;
  if (errno != EEXIST) throw_write_error(errno);
  return false;
}

/// Returns false when the name is taken, and also when the file system cannot rename without
/// replacing. The caller looks which of the two it is.
bool AtomicFile::rename_unless_taken() {
#ifdef RENAME_NOREPLACE
  if (::renameat2(AT_FDCWD, temporary_path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) !=
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
