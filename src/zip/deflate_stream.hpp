// gzip, zlib or deflated data from its start to its end, as lenient as Python reads it: what comes
// before any damage is there, flags and checksums of gzip are not looked at.
#pragma once

#include <zlib.h>

#include <memory>
#include <optional>
#include <span>

#include "ckpt/zip/unfolded_file.hpp"

namespace ckpt::zip {

class DeflateStream {
 public:
  DeflateStream(FileRange packed, Framing framing);
  ~DeflateStream();
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;

  /// Another that goes on from here: some 40 KiB of memory until it is read.
  std::unique_ptr<DeflateStream> fork() const;
  /// Fills `out`, fewer only at the end or where the data is damaged; returns how many bytes.
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

  FileRange packed_;  ///< what is not in `input_` yet
  Framing framing_;
  bool is_gzip_ = false;
  bool is_ended_ = false;
  Bytes input_;
  z_stream stream_{};
};

}  // namespace ckpt::zip
