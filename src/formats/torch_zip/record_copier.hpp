// Moves records into a zip that is being written: as a range with the CRC-32 that is known, else
// through a buffer.
#pragma once

#include <cstdint>
#include <optional>

#include "ckpt/zip/writer.hpp"
#include "formats/blob_writer.hpp"
#include "formats/torch_zip/origin.hpp"

namespace ckpt::formats {

class RecordCopier {
 public:
  /// All outlive the copier. `total_bytes` is what `out` will have in the end.
  RecordCopier(FileWriter& out, zip::Writer& writer, const TorchZipOrigin& origin,
               const SaveOptions& options, std::uint64_t total_bytes)
      : writer_(writer), origin_(origin), blobs_(out, options, total_bytes) {}

  void add(const Record& record) {
    const model::Blob& blob = *record.blob;
    const auto range = blob.range();
    const auto crc = origin_.has_crcs ? blob.crc32() : std::optional<std::uint32_t>(0);
    if (range && crc) {
      writer_.add(record.name, *range, *crc);
    } else {
      writer_.begin(record.name, blob.size_bytes());
      blobs_.stream(blob, [this](ByteView bytes) { writer_.write(bytes); });
      writer_.end();
    }
    blobs_.report();
  }

 private:
  zip::Writer& writer_;
  const TorchZipOrigin& origin_;
  BlobWriter blobs_;
};

}  // namespace ckpt::formats
