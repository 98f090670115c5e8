// Data that is compressed by itself, not by the zip that it may lie in.
//
//   1f 8b 08                gzip: members in a row, zeros between them
//   78 01 | 5e | 9c | da    zlib
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

/// What gzip or zlib data unfolds to, at most `most_bytes` of it, up to the first damage; nothing
/// of other data. Takes memory for all of `most_bytes`.
Bytes unfold(ByteView packed, std::size_t most_bytes);

}  // namespace ckpt::zip
