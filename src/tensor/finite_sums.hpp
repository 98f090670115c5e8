// The usual case of comparing, where both sides are finite: one pass over the elements, without a
// branch, a division or a detour through memory. It is ten times as fast as sum_chunk(), which
// knows everything.
#pragma once

#include <optional>

#include "ckpt/base/bytes.hpp"
#include "tensor/compare_chunks.hpp"

namespace ckpt::tensor {

/// The sums of at most chunk_elements pairs of one real dtype, without a tolerance: beyond_count is
/// 0. max_relative is computed only where it is above `max_relative_seen`; 0 otherwise. Nothing
/// when some number is not finite, or so large that a sum is not; or for 64-bit integers.
std::optional<ChunkSums> find_finite_sums(model::DType dtype, ByteView a, ByteView b,
                                          double max_relative_seen);

}  // namespace ckpt::tensor
