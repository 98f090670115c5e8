// Checks every byte of an archive. A CRC-32 covers only payloads; damage in a header, a descriptor
// or the padding would stay unseen.
//
// For an archive in PyTorch's layout, audit() computes the bytes that must lie between the payloads
// and compares them, padding included: any single changed bit is found. For archives of other
// programs, it compares local headers and descriptors with the directory, and counts the bytes in
// gaps.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ckpt/zip/archive.hpp"

namespace ckpt::zip {

/// A place where the archive is not as it must be.
struct Damage {
  std::string record;        ///< full name; "" for the directory and what follows it
  std::uint64_t offset = 0;  ///< position in the file
  std::string what;          ///< "the payload is damaged: expected CRC-32 0x..., got 0x..."
  bool is_payload = false;
};

/// What audit() found.
struct AuditOptions {
  std::uint64_t alignment_bytes = 64;
  /// Called with the number of bytes read since the last call.
  std::function<void(std::uint64_t)> on_bytes = {};
};

struct Audit {
  std::vector<Damage> damages;            ///< in file order
  std::vector<std::string> unverifiable;  ///< records with a payload but no CRC
  std::uint64_t idle_bytes = 0;           ///< bytes between and after records that mean nothing
  bool has_torch_layout = false;
};

/// Reads the whole file once. Throws Error{io}; damage is in the result.
Audit audit(const Archive& archive, const AuditOptions& options);

}  // namespace ckpt::zip
