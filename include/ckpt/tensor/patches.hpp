// The bytes of a storage with a few others written over, computed while they are read.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"

namespace ckpt::tensor {

struct Patch {
  std::uint64_t offset = 0;  ///< of its first byte in the storage
  Bytes bytes;
};

/// `base` with the patches, of which the later of two at one place counts; those at different
/// places do not overlap. All of a storage are given at once: many patches cost one pass. Throws
/// Error{malformed} for one that reaches outside.
std::shared_ptr<const model::Blob> make_patched(std::shared_ptr<const model::Blob> base,
                                                std::vector<Patch> patches);

}  // namespace ckpt::tensor
