// A fingerprint of the values of a tensor that ignores their order and the shape. It finds a tensor
// again after it was transposed, permuted or split, because the fingerprint of joined tensors is
// the sum of theirs, modulo 2^64:
//
//   sum over all elements of mix(element as a double)
#pragma once

#include <cstdint>
#include <optional>

#include "ckpt/tensor/compare.hpp"

namespace ckpt::diff {

/// Depends on the values only: dtypes that hold the same values exactly give the same sum. Nothing
/// for tensors without readable elements (sparse, meta, packed). Throws as tensor::ElementStream
/// does.
std::optional<std::uint64_t> find_value_sum(const tensor::StoredTensor& tensor);

}  // namespace ckpt::diff
