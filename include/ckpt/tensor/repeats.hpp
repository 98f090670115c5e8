// Views that repeat elements. A file of a kilobyte can hold torch.ones(1).expand(2**40): reading
// every element would never end, so statistics read each distinct element once, and other readers
// refuse.
#pragma once

#include <cstdint>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// A tensor without its repeats: every dimension of stride 0 is reduced to one element. `repeats`
/// says how often each element occurred.
struct Distinct {
  model::Tensor tensor;
  std::uint64_t repeats = 1;
};

/// Throws Error{limit} when the tensor has more than 2^64 elements.
Distinct without_repeats(model::Tensor tensor);

/// Whether the elements exceed 64 GiB and also a thousand times the bytes of the storage.
bool is_endless(const model::Storage& storage, const model::Tensor& tensor);
/// Throws Error{limit} when is_endless().
void refuse_endless(const model::Storage& storage, const model::Tensor& tensor);

}  // namespace ckpt::tensor
