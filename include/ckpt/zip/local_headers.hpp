// Finds the records of a zip by their local headers, for files whose central directory is missing:
// a download that stopped has every header up to the cut, but no directory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/base/bytes.hpp"
#include "ckpt/base/file.hpp"

namespace ckpt::zip {

/// The header in front of a payload. PyTorch leaves CRC and sizes 0 here.
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

  /// Whether a descriptor with the CRC and the sizes follows the payload.
  bool has_descriptor() const { return (flags & 0x0008) != 0; }
};

/// The longest name that the format can hold.
inline constexpr std::uint64_t longest_name_bytes = 65535;

/// The header at `offset`; nothing when there is none, or when it does not lie inside the file. A
/// caller that tries many offsets should pass a smaller `most_name_bytes`, otherwise each try reads
/// up to 64 KiB.
std::optional<LocalHeader> find_local_header(const File& file, std::uint64_t offset,
                                             std::uint64_t most_name_bytes = longest_name_bytes);

/// Searches for the signature of local headers. Payload bytes can contain it by chance.
class LocalSignatures {
 public:
  /// `file` must outlive this object.
  explicit LocalSignatures(const File& file) : file_(file) {}

  /// The first signature at or after `offset`. Asking in ascending order reads the file once.
  std::optional<std::uint64_t> find(std::uint64_t offset);

 private:
  void load(std::uint64_t offset);

  const File& file_;
  Bytes window_;
  std::uint64_t window_offset_ = 0;
};

/// The record behind a payload that holds its CRC and sizes.
struct Descriptor {
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t length_bytes = 0;  ///< of the descriptor itself: 16 or 24 (zip64)
};

/// The descriptor, signature included, behind a payload that ends at `offset`; nothing when there
/// is none.
std::optional<Descriptor> find_descriptor(const File& file, const LocalHeader& header,
                                          std::uint64_t offset);

}  // namespace ckpt::zip
