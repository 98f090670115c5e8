// Writes a zip archive with the bytes that PyTorch's own writer would produce.
//
//   local header (CRC and sizes 0, flag "descriptor follows") | name | [zip64] "FB" padding |
//   payload at a multiple of the alignment | descriptor (none for an empty record)
//
// The central directory and the end records follow; the zip64 end record is always there. Aligned
// payloads can be mapped into memory as tensors (torch.load with mmap=True). Equal bytes let a test
// compare an edited file with what torch.save writes.
// Source: caffe2/serialize/inline_container.cc and the miniz that torch ships.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file_writer.hpp"

namespace ckpt::zip {

/// `zero`: every CRC is 0, as after torch.serialization.set_crc32_options(False).
enum class Checksums { computed, zero };

struct WriterOptions {
  std::string top_folder;              ///< records are named top_folder/record
  std::uint64_t alignment_bytes = 64;  ///< of payload offsets; 1 to 65535
  Checksums checksums = Checksums::computed;
};

/// Throws Error{conflict} for a record that is added twice, Error{unsupported} for an alignment or
/// a name that the header cannot hold, and what `out` throws. One thread uses a Writer.
class Writer {
 public:
  /// `out` must outlive the writer. It is at its start, or at the end of an archive that is
  /// continued: offsets count from the start of the file.
  Writer(FileWriter& out, WriterOptions options);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Adds a stored record; computes its CRC.
  void add(std::string_view record, ByteView payload);
  /// Adds a stored record whose bytes are copied from a file and whose CRC is known. A `crc32` of 0
  /// is written as 0.
  void add(std::string_view record, const FileRange& payload, std::uint32_t crc32);

  /// Keeps a record that is in `out` already. `central_header` is its entry in the old directory.
  void keep(std::string_view record, ByteView central_header);

  /// Adds a stored record in pieces: begin(), write() until size_bytes are there, end().
  void begin(std::string_view record, std::uint64_t size_bytes);
  void write(ByteView piece);
  void end();

  /// Writes the directory and the end records. The caller commits the file.
  void finish();

  /// The 40 digits that PyTorch would write into .data/serialization_id at this point: a hash of
  /// the names of the records added so far, then a hash of the CRCs in their descriptors. The first
  /// 20 digits equal PyTorch's when both programs use the same C++ library (libstdc++ on Linux),
  /// because the hash of a name is std::hash.
  ///
  /// Source: caffe2/serialize/inline_container.cc, PyTorchStreamWriter::writeSerializationId
  std::string serialization_id() const;

  /// The size of an archive with exactly these records in this order. A record is its name without
  /// the top folder and the size of its payload.
  static std::uint64_t archive_bytes(
      const WriterOptions& options,
      const std::vector<std::pair<std::string, std::uint64_t>>& records);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
