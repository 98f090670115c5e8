// Every byte of an archive accounted for: payloads by their CRC-32, everything between them by
// what the directory says must stand there.
//
// An archive laid out by PyTorch's rules is compared with those very bytes, padding included, so
// that a single changed bit shows wherever it is. Of archives by other programs the local headers
// and descriptors are compared with the directory, and gaps are counted.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ckpt/zip/archive.hpp"

namespace ckpt::zip {

struct Damage {
  std::string record;        ///< its whole name; "" for the directory and what follows it
  std::uint64_t offset = 0;  ///< in the file
  std::string what;          ///< "the payload is damaged: expected CRC-32 0x..., got 0x..."
  bool is_payload = false;
};

struct AuditOptions {
  std::uint64_t alignment_bytes = 64;
  /// Called with the bytes read since the last call.
  std::function<void(std::uint64_t)> on_bytes = {};
};

struct Audit {
  std::vector<Damage> damages;            ///< in the order of the file
  std::vector<std::string> unverifiable;  ///< records that have bytes, but no CRC
  std::uint64_t idle_bytes = 0;           ///< between and after records, with no meaning
  bool has_torch_layout = false;
};

/// Reads the whole file once. Errors: Error{io}.
Audit audit(const Archive& archive, const AuditOptions& options);

}  // namespace ckpt::zip
