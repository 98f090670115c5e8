// The records of a zip by the headers in front of them, for files whose directory is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ckpt/base/bytes.hpp"
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

/// The longest name that the format can hold.
inline constexpr std::uint64_t longest_name_bytes = 65535;

/// The header at `offset`, or nothing when none is there that lies inside the file. Whoever tries
/// many offsets should say how long a name may be, lest each costs 64 KiB.
std::optional<LocalHeader> find_local_header(const File& file, std::uint64_t offset,
                                             std::uint64_t most_name_bytes = longest_name_bytes);

/// Where the signatures of local headers are, real ones and chance ones.
class LocalSignatures {
 public:
  /// `file` outlives this.
  explicit LocalSignatures(const File& file) : file_(file) {}

  /// The first at `offset` or after it. Asked in ascending order, all questions read the file once.
  std::optional<std::uint64_t> find(std::uint64_t offset);

 private:
  void load(std::uint64_t offset);

  const File& file_;
  Bytes window_;
  std::uint64_t window_offset_ = 0;
};

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
