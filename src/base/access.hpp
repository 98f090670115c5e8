// Who may read and write a file: owner, group, access list and mode. A new file that replaces an
// old one must not be readable by more people than the old one was.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace ckpt {

/// The file that `path` leads to after following the symbolic links of its last component; it need
/// not exist. Throws Error{io} when the links form a circle.
std::filesystem::path follow_links(const std::filesystem::path& path);

/// Gives the open file the owner, group, access list and mode of `path`, as far as this process may
/// set them. Does nothing when `path` does not exist.
///
/// The file never gives anybody more access than `path` does, provided that it was created with
/// mode 0600. The set-user-id and set-group-id bits are not copied: writing clears them anyway.
void take_access(const std::filesystem::path& path, int descriptor);

}  // namespace ckpt
