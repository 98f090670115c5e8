// Finds the central directory of a zip, from the end of the file:
//
//   ... directory | [zip64 end record | zip64 locator] | end record | comment, or anything
//
// The end record is the last one in the last 65557 bytes whose comment does not run past the end of
// the file. Bytes after it are ignored, as PyTorch ignores them.
// Source: PKWARE APPNOTE.TXT 4.3.14 to 4.3.16.
#pragma once

#include <cstdint>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt::zip {

/// The end of a file, long enough to hold every end record, in one read.
struct FileTail {
  Bytes bytes;
  std::uint64_t offset = 0;
};

/// Where the central directory is, as the end records say and checks confirm.
struct DirectoryPlace {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t entry_count = 0;  ///< checked: the directory is large enough for that many
};

FileTail read_tail(const File& file);

/// The bytes of `file` at `offset`, from the tail when it holds them, which saves a system call.
/// Throws Error{malformed} when they lie outside the file.
Bytes read_bytes(const File& file, const FileTail& tail, std::uint64_t offset,
                 std::uint64_t size_bytes);

/// Throws Error{malformed} when there is no end record, or when it contradicts its zip64 form or
/// the file; Error{unsupported} for an archive on several disks.
DirectoryPlace find_directory(const File& file, const FileTail& tail);

}  // namespace ckpt::zip
