// Blobs made of other blobs: one after the other, or interleaved in rows, as torch.cat along
// dimension 0 and 1 needs.
//
//   1 row    aaaabbbb
//   2 rows   aabbaabb
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ckpt/model/blob.hpp"

namespace ckpt::model {

/// A blob that consists of a row of each part in turn, rows() times; each part has rows() equal
/// rows. A reader that needs random positions reads the parts.
class ComposedBlob : public Blob {
 public:
  const ComposedBlob* composition() const override { return this; }
  virtual std::span<const std::shared_ptr<const Blob>> parts() const = 0;
  virtual std::uint64_t rows() const = 0;
};

/// The parts in order; the part itself when there is only one. Throws Error{limit} when the sum of
/// their sizes does not fit in 64 bits.
std::shared_ptr<const Blob> make_concatenation(std::vector<std::shared_ptr<const Blob>> parts);

}  // namespace ckpt::model
