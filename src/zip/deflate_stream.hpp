// Inflates gzip, zlib or raw deflate data from start to end. As lenient as Python's gzip module:
// delivers everything before the first damage, and ignores flags and checksums of gzip.
#pragma once

#include <zlib.h>

#include <memory>
#include <optional>
#include <span>

#include "ckpt/zip/unfolded_file.hpp"

namespace ckpt::zip {

/// One thread uses a stream.
class DeflateStream {
 public:
  DeflateStream(FileRange packed, Framing framing);
  ~DeflateStream();
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;

  /// A copy of the stream at its current position. Takes about 40 KiB until it is read.
  std::unique_ptr<DeflateStream> fork() const;
  /// Fills `out` and returns the number of bytes; fewer than asked for at the end and at damage.
  std::size_t read(std::span<std::byte> out);

 private:
  struct Forked {};
  DeflateStream(Forked, const DeflateStream& from);

  bool refill();
  std::optional<unsigned> take_byte();
  bool skip(std::uint64_t count);
  bool skip_text();
  bool skip_gzip_header();
  bool start();
  bool start_next();

  FileRange packed_;  ///< the input that is not in `input_` yet
  Framing framing_;
  bool is_gzip_ = false;
  bool is_ended_ = false;
  Bytes input_;
  z_stream stream_{};
};

}  // namespace ckpt::zip
