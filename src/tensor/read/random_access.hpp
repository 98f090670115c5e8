// Random access to the bytes of a blob: from its file or its parts if it has them, else from
// memory, else from a temporary file to which the blob is copied.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

/// Read access at any offset.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  /// Fills `out` with the bytes at `offset`, counted from the start of the window.
  virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

struct Window {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

/// Access to the bytes of `blob` inside `window`. Keeps at most `memory_bytes` in memory. Throws
/// Error{io} when a temporary file cannot be created or filled.
std::unique_ptr<RandomAccess> make_random_access(const model::Blob& blob, Window window,
                                                 std::size_t memory_bytes);

}  // namespace ckpt::tensor
