// Reads a whole tensor into a vector of numbers with one call:
//
//   const model::Tensor& tensor = tree.tensor(id);
//   std::vector<float> bias = tensor::read_numbers<float>(tree.storage_of(tensor), tensor);
//
// For tensors that fit into memory. ElementStream reads larger ones block by block.
#pragma once

#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// The elements in row-major order, converted as tensor.to(dtype) does. Number is float, double,
/// std::int64_t or std::uint8_t. Throws as ElementStream does, and Error{unsupported} for complex,
/// quantized and packed types.
template <class Number>
std::vector<Number> read_numbers(const model::Storage& storage, const model::Tensor& tensor);

extern template std::vector<float> read_numbers<float>(const model::Storage&, const model::Tensor&);
extern template std::vector<double> read_numbers<double>(const model::Storage&,
                                                         const model::Tensor&);
extern template std::vector<std::int64_t> read_numbers<std::int64_t>(const model::Storage&,
                                                                     const model::Tensor&);
extern template std::vector<std::uint8_t> read_numbers<std::uint8_t>(const model::Storage&,
                                                                     const model::Tensor&);

}  // namespace ckpt::tensor
