// Writes a tensor as a .npy file, the format of numpy: a header in text, then the elements.
//
//   \x93NUMPY \x01 \x00, length of what follows as two bytes,
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } and spaces to a multiple of 64, \n
//   the elements, in column-major order where fortran_order is True
//
// Source: https://github.com/numpy/numpy/blob/v2.0.0/numpy/lib/format.py
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

enum class NpyOrder : std::uint8_t { row_major, column_major };

/// Header of version 1.0 for elements of `descr` ("<f4"), with the padding of numpy.save; the
/// elements follow. Throws Error{limit} when the shape is too long for it.
std::string npy_header(std::string_view descr, const std::vector<std::int64_t>& shape,
                       NpyOrder order = NpyOrder::row_major);

/// numpy's name of elements in this machine's byte order, "<f4" or "|u1", or nothing where numpy
/// has no such type.
std::optional<std::string> find_npy_descr(model::DType dtype);

/// Writes the whole file, row-major; the caller commits it. What numpy has no type for is widened
/// exactly: bfloat16 and float8 to float32, complex32 and bcomplex32 to complex64. Strided views
/// are written in logical order. Throws Error{unsupported} for quantized types, bits and float4,
/// and as ElementStream does.
void write_npy(AtomicFile& out, const model::Storage& storage, const model::Tensor& tensor);

}  // namespace ckpt::tensor
