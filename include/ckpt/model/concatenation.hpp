// Blobs made of others: one after the other, or side by side in rows.
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

/// A row of each part in turn, `rows()` times; each part is whole rows. Whoever must read at random
/// positions looks into the parts.
class ComposedBlob : public Blob {
 public:
  const ComposedBlob* composition() const override { return this; }
  virtual std::span<const std::shared_ptr<const Blob>> parts() const = 0;
  virtual std::uint64_t rows() const = 0;
};

/// `parts` in order; the part itself when there is one. Throws Error{limit} when the sum of their
/// sizes does not fit.
std::shared_ptr<const Blob> make_concatenation(std::vector<std::shared_ptr<const Blob>> parts);

}  // namespace ckpt::model
