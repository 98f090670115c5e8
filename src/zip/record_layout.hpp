// Computes the position of each part of a record in PyTorch's layout, and the bytes of the parts.
//
//   header_offset  30 bytes | name | [zip64 block] | "FB", u16 padding, 'Z'...
//   payload        at a multiple of the alignment
//   descriptor     16 bytes, 24 with a zip64 block, none for an empty record
//
// The zip64 block of the local header holds the size and 0 when the size is saturated, then the
// header offset when that is saturated (only PyTorch puts it there). The block of the directory
// holds size, compressed size and offset, each when saturated. The 32-bit sizes and the CRC in the
// local header stay 0.
// Source: caffe2/serialize/inline_container.cc of torch and the miniz.c in its third_party folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "ckpt/base/bytes.hpp"
#include "zip/end_records.hpp"
#include "zip/records.hpp"

namespace ckpt::zip {

/// The position and size of every part of one record.
struct RecordLayout {
  std::uint64_t header_offset = 0;
  std::uint64_t name_bytes = 0;  ///< including the top folder
  std::uint64_t size_bytes = 0;  ///< of the payload
  std::uint64_t padding_bytes = 0;

  bool is_size_saturated() const;
  bool is_offset_saturated() const;
  /// The same length in the local header and in the directory.
  std::uint64_t zip64_block_bytes() const;
  std::uint64_t extra_bytes() const;
  std::uint64_t payload_offset() const;
  std::uint64_t descriptor_bytes() const;
  /// The offset of the next record. Throws Error{limit} beyond 2^64.
  std::uint64_t end_offset() const;
  std::uint64_t central_bytes() const;
};

/// Throws Error{unsupported} when the name or the padding does not fit into its 16-bit length
/// field.
RecordLayout lay_out(RecordLayout unpadded, std::uint64_t alignment_bytes);

inline constexpr std::uint64_t tail_bytes = zip64_end_bytes + zip64_locator_bytes + end_bytes;

void append_local_header(Bytes& out, const RecordLayout& layout, std::string_view name);
void append_descriptor(Bytes& out, const RecordLayout& layout, std::uint32_t crc32);
void append_central_entry(Bytes& out, const RecordLayout& layout, std::string_view name,
                          std::uint32_t crc32);
void append_tail(Bytes& out, const DirectoryPlace& directory);

}  // namespace ckpt::zip
