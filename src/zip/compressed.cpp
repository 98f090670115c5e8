#include "ckpt/zip/compressed.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>

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
    {0, "\xfd\x37zXZ", "xz"},
    {0, std::string_view("\x5d\0\0", 3), "lzma"},
    {0, "\x28\xb5\x2f\xfd", "zstd"},
    {0, "\x04\x22\x4d\x18", "lz4"},
});

/// A window of 32 KiB, as every writer has it, no dictionary, and a checksum over both bytes.
bool has_zlib_header(ByteView start) {
  if (start.size() < 2) return false;
  const auto method = std::to_integer<unsigned>(start[0]);
  const auto flags = std::to_integer<unsigned>(start[1]);
  return method == 0x78 && (flags & 0x20) == 0 && (method * 256 + flags) % 31 == 0;
}

/// gzip or zlib data, as many streams as follow each other.
class Unfolding {
 public:
  explicit Unfolding(ByteView packed) {
    constexpr int zlib_or_gzip = 32 + 15;  // whichever the header says; a window of 32 KiB
    const int status = ::inflateInit2(&stream_, zlib_or_gzip);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK) throw std::logic_error("zlib refused to start inflating");
    // zlib wants mutable pointers to its own byte type; it writes none of these.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
    stream_.avail_in = counted_by_zlib(packed.size());
  }
  ~Unfolding() { ::inflateEnd(&stream_); }
  Unfolding(const Unfolding&) = delete;
  Unfolding& operator=(const Unfolding&) = delete;

  /// Fills `out` unless the data ends or is damaged before; returns how many bytes were made.
  std::size_t read(std::span<std::byte> out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = counted_by_zlib(out.size());
    const uInt wanted = stream_.avail_out;
    int status = Z_OK;
    while (status == Z_OK && stream_.avail_out > 0) {
      status = ::inflate(&stream_, Z_NO_FLUSH);
      if (status == Z_STREAM_END) status = start_next();
    }
    is_damaged_ = status != Z_OK && status != Z_BUF_ERROR;
    return wanted - stream_.avail_out;
  }

  bool is_damaged() const { return is_damaged_; }

 private:
  static uInt counted_by_zlib(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }

  int start_next() {
    while (stream_.avail_in > 0 && *stream_.next_in == 0) ++stream_.next_in, --stream_.avail_in;
    return stream_.avail_in == 0 ? Z_BUF_ERROR : ::inflateReset(&stream_);
  }

  z_stream stream_{};
  bool is_damaged_ = false;
};

bool is_zlib(ByteView start) {
  if (!has_zlib_header(start)) return false;
  Unfolding unfolding(start);
  std::array<std::byte, 16> first;
  unfolding.read(first);
  return !unfolding.is_damaged();
}

}  // namespace

std::string_view compression_of(ByteView start) {
  const std::string_view text = as_text(start);
  for (const Signature& row : signatures)
    if (text.size() > row.offset && text.substr(row.offset).starts_with(row.bytes)) return row.name;
  return is_zlib(start) ? "zlib" : "";
}

Bytes unfold(ByteView packed, std::size_t most_bytes) {
  Bytes bytes(most_bytes);
  bytes.resize(Unfolding(packed).read(bytes));
  return bytes;
}

}  // namespace ckpt::zip
