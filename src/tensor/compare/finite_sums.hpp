// The usual case of comparing, in which all numbers are finite: one pass over the elements without
// branches, divisions or a copy in memory. Ten times as fast as sum_chunk(), which handles all
// cases.
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

/// The sums over all pairs. beyond_count ignores the ulp tolerance, and is 0 for an exact
/// tolerance. max_relative is computed only when it exceeds `max_relative_seen`, else it is 0.
///
/// Returns nothing when a number is not finite, when its square is out of range, or when it is an
/// integer beyond 2^53.
std::optional<ChunkSums> find_finite_sums(const Elements& a, const Elements& b,
                                          const Tolerance& tolerance, double max_relative_seen);

}  // namespace ckpt::tensor
