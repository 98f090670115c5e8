// Blobs whose elements follow a formula, such as zeros or 0, 1, 2, ... They are computed while they
// are read, so their size does not matter.
#pragma once

#include <cstdint>
#include <memory>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// `size_bytes` bytes of 0.
std::shared_ptr<const model::Blob> make_zeros(std::uint64_t size_bytes);

// The functions below throw Error{usage} when a number cannot be an element of `dtype`, as encode()
// does.

/// `count` elements equal to `number`.
std::shared_ptr<const model::Blob> make_constant(model::DType dtype, double number,
                                                 std::uint64_t count);
/// The elements 0, 1, ..., count - 1.
std::shared_ptr<const model::Blob> make_counting(model::DType dtype, std::uint64_t count);
/// A size x size matrix with ones on and below its diagonal, as torch.tril(torch.ones(...)).
std::shared_ptr<const model::Blob> make_lower_triangle(model::DType dtype, std::uint64_t size);
/// 1 / base^(2i / size) for every i with 2i < size, computed in float32, as rotary embeddings do.
std::shared_ptr<const model::Blob> make_inverse_frequencies(model::DType dtype, double base,
                                                            std::uint64_t size);

}  // namespace ckpt::tensor
