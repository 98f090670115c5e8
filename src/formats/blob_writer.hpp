// Moves blobs into a file that is being written: a range of a file inside the kernel, other bytes
// through a buffer, which a second thread fills where that pays. Reports the progress.
#pragma once

#include <cstdint>
#include <functional>

#include "ckpt/base/file_writer.hpp"
#include "ckpt/formats/document.hpp"
#include "formats/read_ahead.hpp"

namespace ckpt::formats {

class BlobWriter {
 public:
  /// `out` and `options` outlive the writer. `total_bytes` is what `out` will have in the end.
  BlobWriter(FileWriter& out, const SaveOptions& options, std::uint64_t total_bytes)
      : out_(out), options_(options), total_bytes_(total_bytes) {}

  void write(const model::Blob& blob);
  /// Reads all bytes of a blob in order and gives them to `sink`, which writes them to the file.
  void stream(const model::Blob& blob, const std::function<void(ByteView)>& sink);
  /// Tells how far the file is, after something else was written to it.
  void report() const;

 private:
  bool stream_overlapped(const model::Blob& blob, const std::function<void(ByteView)>& sink);
  void stream_alone(const model::Blob& blob, const std::function<void(ByteView)>& sink);

  FileWriter& out_;
  const SaveOptions& options_;
  std::uint64_t total_bytes_;
  Bytes buffer_;
  ReadAhead::Blocks blocks_;
};

}  // namespace ckpt::formats
