// Reads with pread(), repeated until the range is complete: a read may return less than asked for.

#include "ckpt/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

namespace {

FileIdentity identity_of(const struct stat& status) {
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

std::string_view kind_of_file(mode_t mode) {
  if (S_ISDIR(mode)) return "is a directory";
  if (S_ISFIFO(mode)) return "is a FIFO";
  if (S_ISSOCK(mode)) return "is a socket";
  return "is a device";
}

}  // namespace

void throw_system_error(const std::filesystem::path& path, int error_number) {
  const std::string reason =
      error_number == ENOENT ? "no such file" : std::system_category().message(error_number);
  throw Error(ErrorKind::io, concat(path.string(), ": ", reason));
}

std::shared_ptr<const File> File::open(const std::filesystem::path& path) {
  // Non-blocking: opening a FIFO without a writer would wait; now it is opened and refused below.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw_system_error(path, errno);
  const std::shared_ptr<File> file(new File);
  file->descriptor_ = descriptor;
  file->path_ = path;
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw_system_error(path, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::io, concat(path.string(), ": ", kind_of_file(status.st_mode),
                                      ", expected a regular file"));
  file->size_bytes_ = static_cast<std::uint64_t>(status.st_size);
  file->identity_ = identity_of(status);
  return file;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void File::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t count = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_system_error(path_, errno);
    if (count == 0)
      throw Error(ErrorKind::io, concat(path_.string(), ": ends at byte ", offset, ", but ",
                                        counted(out.size(), "more byte"), " should follow"));
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

std::optional<std::uint64_t> File::find_data(std::uint64_t offset) const {
  if (offset >= size_bytes_) return std::nullopt;
#ifdef SEEK_DATA
  // lseek() moves the position of the descriptor. Nothing here depends on it: reads use pread().
  const off_t found =
      descriptor_ < 0 ? -1 : ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  if (descriptor_ >= 0 && errno == ENXIO) return std::nullopt;
  // EINVAL means that the file system does not know holes: everything counts as data.
  if (descriptor_ >= 0 && errno != EINVAL) throw_system_error(path_, errno);
#endif
  return offset;
}

namespace {

void refuse_outside(const File& file, std::uint64_t offset, std::uint64_t size_bytes) {
  if (offset <= file.size_bytes() && size_bytes <= file.size_bytes() - offset) return;
  throw Error(ErrorKind::malformed,
              concat("bytes ", offset, " to ", offset, "+", size_bytes, " lie outside the file of ",
                     counted(file.size_bytes(), "byte")));
}

}  // namespace

Bytes File::read_bytes(std::uint64_t offset, std::uint64_t size_bytes) const {
  refuse_outside(*this, offset, size_bytes);
  Bytes bytes(static_cast<std::size_t>(size_bytes));
  read_at(offset, bytes);
  return bytes;
}

FilePart::FilePart(FileRange range)
    : File(range.file->path(), range.size_bytes), range_(std::move(range)) {}

void FilePart::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  refuse_outside(*this, offset, out.size());
  range_.file->read_at(range_.offset + offset, out);
}

std::optional<std::uint64_t> FilePart::find_data(std::uint64_t offset) const {
  if (offset >= range_.size_bytes) return std::nullopt;
  const auto found = range_.file->find_data(range_.offset + offset);
  if (!found || *found - range_.offset >= range_.size_bytes) return std::nullopt;
  return *found - range_.offset;
}

std::optional<FileIdentity> find_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return identity_of(status);
}

}  // namespace ckpt
