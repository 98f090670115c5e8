// A fingerprint of the values of a tensor that knows neither their order nor the shape, and adds
// up: that of tensors joined is the sum of theirs, modulo 2^64. So a tensor is found again after it
// was transposed, permuted or split.
//
//   sum over all elements of mix(element as a double)
#pragma once

#include <cstdint>
#include <optional>

#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

/// Of the element values, so equal across dtypes that hold them exactly; nothing for what has no
/// elements to look at (sparse, meta, packed). Throws as tensor::ElementStream while reading.
std::optional<std::uint64_t> find_value_sum(const tensor::StoredTensor& tensor);

}  // namespace ckpt::diff
