// A gzip member:
//
//   1f 8b 08 | flags | time 4, 2 more | extra, if flags & 4: u16 length, bytes | name, if & 8: up
//   to a 0 byte | comment, if & 16: likewise | CRC-16, if & 2 | deflated | CRC-32, u32 size
//
// Source: RFC 1952.
#include "zip/deflate_stream.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace ckpt::zip {

namespace {

constexpr std::uint64_t input_bytes = 64 << 10;
constexpr int raw_deflate = -15;
constexpr int zlib_header = 15;
constexpr unsigned gzip_first_byte = 0x1f;

void refuse_failure(int status) {
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  if (status != Z_OK) throw std::logic_error("zlib refused to start inflating");
}

}  // namespace

DeflateStream::DeflateStream(FileRange packed, Framing framing)
    : packed_(std::move(packed)), framing_(framing) {
  refuse_failure(::inflateInit2(&stream_, raw_deflate));
  is_ended_ = framing_ == Framing::own && !start();
}

DeflateStream::DeflateStream(Forked, const DeflateStream& from)
    : packed_(from.packed_),
      framing_(from.framing_),
      is_gzip_(from.is_gzip_),
      is_ended_(from.is_ended_) {
  // inflateCopy() takes the source as mutable, but does not change it.
  refuse_failure(::inflateCopy(&stream_, const_cast<z_stream*>(&from.stream_)));
  packed_.offset -= stream_.avail_in;
  packed_.size_bytes += stream_.avail_in;
  stream_.avail_in = 0;
}

DeflateStream::~DeflateStream() { ::inflateEnd(&stream_); }

std::unique_ptr<DeflateStream> DeflateStream::fork() const {
  return std::unique_ptr<DeflateStream>(new DeflateStream(Forked{}, *this));
}

std::size_t DeflateStream::read(std::span<std::byte> out) {
  std::size_t made = 0;
  while (made < out.size() && !is_ended_) {
    const bool has_input = stream_.avail_in > 0 || refill();
    const std::size_t wanted =
        std::min<std::size_t>(out.size() - made, std::numeric_limits<uInt>::max());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    stream_.avail_out = static_cast<uInt>(wanted);
    const int status = ::inflate(&stream_, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    const std::size_t count = wanted - stream_.avail_out;
    made += count;
    if (status == Z_STREAM_END)
      is_ended_ = !start_next();
    else if (status == Z_OK || status == Z_BUF_ERROR)
      is_ended_ = count == 0 && !has_input;
    else
      is_ended_ = true;
  }
  return made;
}

/// Reads the next block; returns false at the end.
bool DeflateStream::refill() {
  if (packed_.size_bytes == 0) return false;
  const std::uint64_t count = std::min(packed_.size_bytes, input_bytes);
  input_.resize(static_cast<std::size_t>(count));
  packed_.file->read_at(packed_.offset, input_);
  packed_.offset += count;
  packed_.size_bytes -= count;
  stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream_.avail_in = static_cast<uInt>(count);
  return true;
}

std::optional<unsigned> DeflateStream::take_byte() {
  if (stream_.avail_in == 0 && !refill()) return std::nullopt;
  --stream_.avail_in;
  return *stream_.next_in++;
}

bool DeflateStream::skip(std::uint64_t count) {
  for (; count > 0; --count)
    if (!take_byte()) return false;
  return true;
}

/// Skips a text including its terminating 0 byte.
bool DeflateStream::skip_text() {
  while (const auto byte = take_byte())
    if (*byte == 0) return true;
  return false;
}

/// Skips the rest of a gzip header after its first byte.
bool DeflateStream::skip_gzip_header() {
  constexpr unsigned has_extra = 4;
  constexpr unsigned has_name = 8;
  constexpr unsigned has_comment = 16;
  constexpr unsigned has_crc = 2;
  if (take_byte() != 0x8bU || take_byte() != 8U) return false;
  const auto flags = take_byte();
  if (!flags || !skip(6)) return false;
  if ((*flags & has_extra) != 0) {
    const auto low = take_byte();
    const auto high = take_byte();
    if (!low || !high || !skip(*low | *high << 8)) return false;
  }
  if ((*flags & has_name) != 0 && !skip_text()) return false;
  if ((*flags & has_comment) != 0 && !skip_text()) return false;
  return (*flags & has_crc) == 0 || skip(2);
}

/// Starts to inflate at the first byte of a gzip member or of zlib data.
bool DeflateStream::start() {
  if (stream_.avail_in == 0 && !refill()) return false;
  const bool was_gzip = is_gzip_;
  is_gzip_ = *stream_.next_in == gzip_first_byte;
  if (is_gzip_) {
    take_byte();
    if (!skip_gzip_header()) return false;
  } else if (was_gzip) {
    return false;
  }
  refuse_failure(::inflateReset2(&stream_, is_gzip_ ? raw_deflate : zlib_header));
  return true;
}

/// Starts the next member, after zeros that may lie between.
bool DeflateStream::start_next() {
  if (framing_ == Framing::none) return false;
  if (is_gzip_ && !skip(8)) return false;
  while (stream_.avail_in > 0 || refill()) {
    if (*stream_.next_in != 0) return start();
    take_byte();
  }
  return false;
}

}  // namespace ckpt::zip
