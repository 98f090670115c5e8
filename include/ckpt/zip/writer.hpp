// Writes a zip archive with PyTorch's own layout, byte for byte.
//
//   local header (CRC and sizes 0, flag "descriptor follows") | name | [zip64] "FB" padding |
//   payload at a multiple of the alignment | descriptor (none for an empty record)
//
// then the central directory and a tail that always has its zip64 form. formats/pytorch.md 1.1-1.4.
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

/// `zero` is what torch.serialization.set_crc32_options(False) leaves in every record.
enum class Checksums { computed, zero };

struct WriterOptions {
  std::string top_folder;              ///< every record is named top_folder/record
  std::uint64_t alignment_bytes = 64;  ///< of every payload; 1 to 65535
  Checksums checksums = Checksums::computed;
};

/// Throws Error{conflict} for a record that is added twice, Error{unsupported} for an alignment or
/// a name that the header cannot hold, and whatever `out` throws.
class Writer {
 public:
  /// `out` outlives the writer. It stands at its start, or behind an archive that this one
  /// continues: offsets count from the start of the file.
  Writer(FileWriter& out, WriterOptions options);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// A stored record whose CRC is computed here.
  void add(std::string_view record, ByteView payload);
  /// A stored record whose bytes are moved from a file and whose CRC is known (0 stays 0).
  void add(std::string_view record, const FileRange& payload, std::uint32_t crc32);

  /// A record that lies in `out` already; `central_header` is its entry in the directory there.
  void keep(std::string_view record, ByteView central_header);

  /// A stored record that arrives in pieces: begin, write size_bytes in all, end.
  void begin(std::string_view record, std::uint64_t size_bytes);
  void write(ByteView piece);
  void end();

  /// Directory and tail. The caller commits the file.
  void finish();

  /// The 40 digits that PyTorch would put into .data/serialization_id now: a hash of the record
  /// names, then a hash of the descriptors' CRCs, both of what was added so far. The first 20 equal
  /// PyTorch's when both were built with the same C++ library (libstdc++ on Linux).
  /// Source: caffe2/serialize/inline_container.cc, PyTorchStreamWriter::writeSerializationId
  std::string serialization_id() const;

  /// Size of the whole archive if it holds exactly these records (name without the top folder, size
  /// of the payload) in this order.
  static std::uint64_t archive_bytes(
      const WriterOptions& options,
      const std::vector<std::pair<std::string, std::uint64_t>>& records);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ckpt::zip
