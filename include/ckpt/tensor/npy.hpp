// A tensor as a .npy file, the format of numpy.save:
//
//   \x93NUMPY 1 0 | u16 header length | {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
//   | spaces and a line break up to a multiple of 64 | elements in row-major order
//
// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include "ckpt/base/atomic_file.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

/// Writes `tensor` at the end of `out`; the caller commits. Types that numpy lacks are widened
/// without loss: bfloat16 and the float8 types to float32, complex32 to complex64. Errors:
/// Error{unsupported} for quantized, packed and bits types, and what ElementStream throws.
void write_npy(const model::Tree& tree, const model::Tensor& tensor, AtomicFile& out);

}  // namespace ckpt::tensor
