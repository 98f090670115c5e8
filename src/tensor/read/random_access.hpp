// The bytes of a blob at any position: from the file they lie in or the parts it is made of, else
// from memory, else from a nameless temporary file they are copied to.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  /// Fills `out` with the bytes from `offset`, counted from the start of the window.
  virtual void read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

struct Window {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
};

/// Access to the bytes of `blob` within `window`; at most `memory_bytes` of them are kept in
/// memory. Throws Error{io} when no temporary file can be made or filled.
std::unique_ptr<RandomAccess> make_random_access(const model::Blob& blob, Window window,
                                                 std::size_t memory_bytes);

}  // namespace ckpt::tensor
