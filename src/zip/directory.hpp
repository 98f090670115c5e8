// The entries of a zip directory: one fixed header each, then name, extra field and comment.
//
//   0 PK\1\2  4 made by  6 version needed  8 flags  10 method  12 time  14 date  16 CRC-32
//   20 compressed  24 size  28 name length  30 extra length  32 comment length  34 disk
//   36 attributes  42 header offset  46 name | extra | comment
//
// A saturated size, offset or disk number stands in the zip64 block of the extra field instead.
#pragma once

#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/zip/archive.hpp"
#include "zip/end_records.hpp"

namespace ckpt::zip {

/// The entries in the order of `directory`, each checked by itself: it can be read, and lies before
/// the directory at `place`.
/// Throws Error{malformed} or Error{unsupported} naming the entry.
std::vector<Entry> parse_directory(ByteView directory, const DirectoryPlace& place);

/// Error{malformed} when two entries share bytes of the file, naming both.
void refuse_overlaps(const std::vector<Entry>& entries);

}  // namespace ckpt::zip
