// The usual case of comparing, where both sides are finite: one pass over the elements, without a
// branch, a division or a detour through memory. It is ten times as fast as sum_chunk(), which
// knows everything.
#pragma once

#include <optional>

#include "ckpt/base/bytes.hpp"
#include "ckpt/tensor/compare.hpp"
#include "tensor/compare/chunks.hpp"

namespace ckpt::tensor {

/// At most chunk_elements elements of a real dtype.
struct Elements {
  model::DType dtype;
  ByteView bytes;
};

/// The sums of as many pairs; beyond_count without the tolerance in ulp, and 0 where the tolerance
/// is exact. max_relative is computed only where it is above `max_relative_seen`; 0 otherwise.
/// Nothing when some number is not finite, so large or small that its square says nothing, or an
/// integer beyond 2^53.
std::optional<ChunkSums> find_finite_sums(const Elements& a, const Elements& b,
                                          const Tolerance& tolerance, double max_relative_seen);

}  // namespace ckpt::tensor
