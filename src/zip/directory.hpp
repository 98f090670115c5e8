// Parses the central directory of a zip. Each entry is a fixed header, then name, extra field and
// comment. Numbers are little endian; this is the offset of each field:
//
//   0 PK\1\2  4 made by  6 version needed  8 flags  10 method  12 time  14 date  16 CRC-32
//   20 compressed  24 size  28 name length  30 extra length  32 comment length  34 disk
//   36 attributes  42 header offset  46 name | extra | comment
//
// A field with all bits set ("saturated") has its value in the zip64 block of the extra field.
// Source: PKWARE APPNOTE.TXT 4.3.12 and 4.5.3.
#pragma once

#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/zip/archive.hpp"
#include "zip/end_records.hpp"

namespace ckpt::zip {

/// The entries in directory order. Each is checked alone: ckpt can read it, and it lies in front of
/// the directory at `place`. Throws Error{malformed} or Error{unsupported} naming the entry.
std::vector<Entry> parse_directory(ByteView directory, const DirectoryPlace& place);

/// Throws Error{malformed} naming both when two entries share bytes of the file.
void refuse_overlaps(const std::vector<Entry>& entries);

}  // namespace ckpt::zip
