// Moves records into a zip that is being written: as a range with the CRC that is known, else
// through a buffer.
#pragma once

#include <cstdint>

#include "ckpt/base/file_writer.hpp"
#include "ckpt/formats/document.hpp"
#include "ckpt/zip/writer.hpp"
#include "formats/read_ahead.hpp"

namespace ckpt::formats {

class RecordCopier {
 public:
  /// All but the options outlive the copier. `total_bytes` is what `out` will have in the end, for
  /// the progress.
  RecordCopier(FileWriter& out, zip::Writer& writer, const Container& container,
               SaveOptions options, std::uint64_t total_bytes)
      : out_(out),
        writer_(writer),
        container_(container),
        options_(std::move(options)),
        total_bytes_(total_bytes) {}

  void add(const Record& record);

 private:
  void stream(const Record& record);
  bool stream_overlapped(const model::Blob& blob);
  void stream_alone(const model::Blob& blob);
  void write(ByteView bytes);
  void report() const;

  FileWriter& out_;
  zip::Writer& writer_;
  const Container& container_;
  SaveOptions options_;
  std::uint64_t total_bytes_;
  Bytes buffer_;
  ReadAhead::Blocks blocks_;
};

}  // namespace ckpt::formats
