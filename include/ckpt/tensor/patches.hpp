// A storage with a few byte ranges replaced, computed while it is read. `set` changes single
// elements this way.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

/// Bytes that replace others.
struct Patch {
  std::uint64_t offset = 0;  ///< of the first byte, in the storage
  Bytes bytes;
};

/// `base` with the patches applied. Of two patches at the same offset the later counts; patches at
/// different offsets must not overlap. Give all patches of a storage at once: they cost one pass.
/// Throws Error{malformed} for a patch that reaches outside.
std::shared_ptr<const model::Blob> make_patched(std::shared_ptr<const model::Blob> base,
                                                std::vector<Patch> patches);

}  // namespace ckpt::tensor
