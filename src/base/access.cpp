// Copies the access rights of one file to another: Linux keeps them in the mode, in owner and
// group, and in the extended attribute system.posix_acl_access.

#include "base/access.hpp"

#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/xattr.h>
#endif

#include <cerrno>
#include <string>

#include "ckpt/base/file.hpp"
#include "ckpt/base/file_writer.hpp"

namespace ckpt {

namespace {

constexpr int most_links = 40;  // the limit of Linux
constexpr mode_t permission_bits = 0777;
constexpr mode_t owner_bits = 0700;

bool take_group(const struct stat& status, int descriptor) {
  if (::fchown(descriptor, status.st_uid, status.st_gid) == 0) return true;
  return ::fchown(descriptor, static_cast<uid_t>(-1), status.st_gid) == 0;
}

/// Mode for a file whose group could not be set: the group gets only what everybody gets.
mode_t without_group(mode_t mode) { return (mode & 0707) | ((mode & (mode << 3)) & 0070); }

/// Returns false when `path` has an access list that could not be copied to the open file.
bool take_access_list(const std::filesystem::path& path, int descriptor) {
#ifdef __linux__
  constexpr const char* name = "system.posix_acl_access";
  const ssize_t size = ::getxattr(path.c_str(), name, nullptr, 0);
  if (size <= 0) {
    ::fremovexattr(descriptor, name);  // a default list that the folder gives to new files
    return size == 0 || errno == ENODATA || errno == ENOTSUP;
  }
  std::string list(static_cast<std::size_t>(size), '\0');
  return ::getxattr(path.c_str(), name, list.data(), list.size()) == size &&
         ::fsetxattr(descriptor, name, list.data(), list.size(), 0) == 0;
#else
  static_cast<void>(path);
  static_cast<void>(descriptor);
  return true;
#endif
}

}  // namespace

std::filesystem::path follow_links(const std::filesystem::path& path) {
  std::filesystem::path at = path;
  std::error_code error;
  for (int i = 0; i < most_links; ++i) {
    const std::filesystem::path next = std::filesystem::read_symlink(at, error);
    if (error) return at;  // not a link
    at = next.is_absolute() ? next : folder_of(at) / next;
  }
  throw_system_error(path, ELOOP);
}

void take_access(const std::filesystem::path& path, int descriptor) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  // Lock everybody else out while owner, group and list change one after the other.
  static_cast<void>(::fchmod(descriptor, owner_bits & 0666));
  mode_t mode = status.st_mode & permission_bits;
  if (!take_group(status, descriptor)) mode = without_group(mode);
  if (!take_access_list(path, descriptor)) mode &= owner_bits;
  // A failure here, as on file systems without modes, leaves the file readable by its owner only.
  static_cast<void>(::fchmod(descriptor, mode));
}

}  // namespace ckpt
