// Recognises data that a compression program wrote, so that `check` can say "gzip" or look inside.
//
//   1f 8b 08                gzip: one or more members, zeros may lie between them
//   08 to 78, then a check  zlib
//   "BZh", level, pi        bzip2
//   fd "7zXZ"               xz
//   5d 00 00                lzma
//   28 b5 2f fd             zstd
//   04 22 4d 18             lz4
#pragma once

#include <cstddef>
#include <string_view>

#include "ckpt/base/bytes.hpp"

namespace ckpt::zip {

/// "gzip", "zlib", "bzip2", "xz", "lzma", "zstd", "lz4", or "" for none. The two bytes of a zlib
/// header occur by chance, so `start` must also inflate to be called zlib.
std::string_view compression_of(ByteView start);

/// The length of the header in front of the zlib data if `start` is the start of a file of joblib
/// before 0.10: "ZF", the uncompressed length in 19 bytes, then zlib. 0 for other files.
std::size_t zfile_header_bytes(ByteView start);

}  // namespace ckpt::zip
