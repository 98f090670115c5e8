// Who may read and write a file: its owner, group, access list and mode.
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace ckpt {

/// The file that `path` names when every symbolic link in its last component is followed, whether
/// it exists or not. Throws Error{io} when the links run in a circle.
std::filesystem::path follow_links(const std::filesystem::path& path);

/// Gives the open file the owner, group, access list and mode of what `path` names, as far as this
/// process may set them; nothing when there is no such file.
///
/// At no moment does the file give anybody more access than `path` does, provided that it was
/// created with mode 0600. Set-user-id and set-group-id are not taken, as writing clears them.
void take_access(const std::filesystem::path& path, int descriptor);

}  // namespace ckpt
