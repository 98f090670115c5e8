// Data that is compressed by itself, not by the zip that it may lie in.
//
//   1f 8b 08                gzip: members in a row, zeros between them
//   08 to 78, a check       zlib
//   "BZh", a level, pi      bzip2;  fd "7zXZ" xz;  5d 00 00 lzma;  28 b5 2f fd zstd
//   04 22 4d 18             lz4
#pragma once

#include <cstddef>
#include <string_view>

#include "ckpt/base/bytes.hpp"

namespace ckpt::zip {

/// "gzip", "zlib", "bzip2", "xz", "lzma", "zstd", "lz4", or "". Two bytes are little to
/// know zlib by: what follows them must unfold.
std::string_view compression_of(ByteView start);

/// Where the zlib data begins of a file that starts like this, if joblib wrote it before 0.10:
/// "ZF", the length it unfolds to in 19 bytes, zlib. 0 when it is none.
std::size_t zfile_header_bytes(ByteView start);

}  // namespace ckpt::zip
