// The records of a zip by the headers in front of them, for files whose directory is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/base/file.hpp"

namespace ckpt::zip {

/// What stands in front of a payload. PyTorch leaves CRC and sizes 0 here.
struct LocalHeader {
  std::string name = {};
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t header_offset = 0;
  std::uint64_t payload_offset = 0;
  bool has_zip64_block = false;

  /// A descriptor with the CRC and the sizes follows the payload.
  bool has_descriptor() const { return (flags & 0x0008) != 0; }
};

/// The header at `offset`, or nothing when none is there that lies inside the file.
std::optional<LocalHeader> find_local_header(const File& file, std::uint64_t offset);

/// Where the signature of a local header next occurs, from `offset` on. Reads the file in order.
std::optional<std::uint64_t> find_local_signature(const File& file, std::uint64_t offset);

struct Descriptor {
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t length_bytes = 0;  ///< of the descriptor itself: 16 or 24
};

/// The descriptor, with its signature, that follows a payload which ends at `offset`, or nothing.
std::optional<Descriptor> find_descriptor(const File& file, const LocalHeader& header,
                                          std::uint64_t offset);

}  // namespace ckpt::zip
