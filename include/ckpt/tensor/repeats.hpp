// Views that see bytes over and over: a file of a kilobyte can hold torch.ones(1).expand(2**40).
#pragma once

#include <cstdint>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// A tensor with one element where it repeats one (stride 0), and how often each of them was there.
struct Distinct {
  model::Tensor tensor;
  std::uint64_t repeats = 1;
};

/// Throws Error{limit} when there are more than 2^64 elements.
Distinct without_repeats(model::Tensor tensor);

/// Whether reading every element would not end: more than 64 GiB, which are bytes of the storage
/// more than a thousand times over.
bool is_endless(const model::Storage& storage, const model::Tensor& tensor);
/// Throws Error{limit} for such a tensor.
void refuse_endless(const model::Storage& storage, const model::Tensor& tensor);

}  // namespace ckpt::tensor
