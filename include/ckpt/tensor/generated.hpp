// Blobs of elements that follow from their place: created while they are read, never held.
#pragma once

#include <cstdint>
#include <memory>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

std::shared_ptr<const model::Blob> make_zeros(std::uint64_t size_bytes);

// Each throws Error{usage} when a number cannot be an element of `dtype`, as encode() says.

/// `count` times `number`.
std::shared_ptr<const model::Blob> make_constant(model::DType dtype, double number,
                                                 std::uint64_t count);
/// 0, 1, 2, ...
std::shared_ptr<const model::Blob> make_counting(model::DType dtype, std::uint64_t count);
/// A square matrix of that size, ones on and below its diagonal.
std::shared_ptr<const model::Blob> make_lower_triangle(model::DType dtype, std::uint64_t size);
/// 1 / base^(2i / size) for 2i < size, computed in float32 as rotary embeddings are.
std::shared_ptr<const model::Blob> make_inverse_frequencies(model::DType dtype, double base,
                                                            std::uint64_t size);

}  // namespace ckpt::tensor
