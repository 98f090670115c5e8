// Signatures are compared from a table; zlib and lzma have weak ones and are checked further.

#include "ckpt/zip/compressed.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace ckpt::zip {

namespace {

struct Signature {
  std::size_t offset = 0;
  std::string_view bytes;
  std::string_view name;
};

constexpr auto signatures = std::to_array<Signature>({
    {0, "\x1f\x8b\x08", "gzip"},
    {4, "1AY&SY", "bzip2"},
    {4, "\x17\x72\x45\x38\x50\x90", "bzip2"},  // a stream of nothing; another may follow
    {0, "\xfd\x37zXZ", "xz"},
    {0, "\x28\xb5\x2f\xfd", "zstd"},
    {1, "\x2a\x4d\x18", "zstd"},  // a frame to be skipped
    {0, "\x04\x22\x4d\x18", "lz4"},
    {0, "\x02\x21\x4c\x18", "lz4"},
});

/// A window of at most 32 KiB, no preset dictionary, and a valid check over both bytes.
bool has_zlib_header(ByteView start) {
  if (start.size() < 2) return false;
  const auto method = std::to_integer<unsigned>(start[0]);
  const auto flags = std::to_integer<unsigned>(start[1]);
  return (method & 0x0f) == 8 && method < 0x80 && (flags & 0x20) == 0 &&
         (method * 256 + flags) % 31 == 0;
}

/// The header that joblib and others write: default properties, then a size that is unknown or
/// plausible.
bool has_lzma_header(ByteView start) {
  constexpr std::size_t header_bytes = 13;
  if (start.size() < header_bytes || start[0] != std::byte{0x5d} || start[1] != std::byte{0})
    return false;
  const auto size_bytes = from_little_endian<std::uint64_t>(start.data() + 5);
  return size_bytes == std::numeric_limits<std::uint64_t>::max() || size_bytes >> 48 == 0;
}

bool is_zlib(ByteView start) {
  if (!has_zlib_header(start)) return false;
  z_stream stream{};
  // zlib takes mutable pointers to its own byte type, but does not write through these.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(start.data()));
  stream.avail_in = static_cast<uInt>(std::min<std::size_t>(start.size(), 4096));
  if (::inflateInit(&stream) != Z_OK) throw std::bad_alloc();
  std::array<Bytef, 16> first;
  stream.next_out = first.data();
  stream.avail_out = static_cast<uInt>(first.size());
  const int status = ::inflate(&stream, Z_NO_FLUSH);
  ::inflateEnd(&stream);
  return status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR;
}

}  // namespace

std::string_view compression_of(ByteView start) {
  const std::string_view text = as_text(start);
  for (const Signature& row : signatures)
    if (text.size() > row.offset && text.substr(row.offset).starts_with(row.bytes)) return row.name;
  if (has_lzma_header(start)) return "lzma";
  return is_zlib(start) ? "zlib" : "";
}

std::size_t zfile_header_bytes(ByteView start) {
  constexpr std::size_t length_end = 2 + 19;
  if (!as_text(start).starts_with("ZF") || start.size() <= length_end) return 0;
  // Python 2 wrote one blank more.
  const std::size_t header_bytes = length_end + (start[length_end] == std::byte{' '} ? 1 : 0);
  return is_zlib(start.subspan(header_bytes)) ? header_bytes : 0;
}

}  // namespace ckpt::zip
