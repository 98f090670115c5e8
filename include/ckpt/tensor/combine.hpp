// Combines several tensors element by element into one, while the result is read:
//
//   weighted_sum    scale * (x0 / d0 * w0 + x1 / d1 * w1 + ...)   in double, rounded once
//   maximum         the largest element; NaN where one is NaN
//   geometric_mean  exp(w0 * log x0 + w1 * log x1 + ...)
//
// Averages of checkpoints are weighted sums. Each operation is a row of the table in combine.cpp: a
// name and a function that computes one chunk of the result.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::tensor {

enum class Operation : std::uint8_t { weighted_sum, maximum, geometric_mean };

/// A chunk of one input: as many encoded elements as the chunk of the result has.
struct Operand {
  ByteView elements;
  double weight = 1;
  double divisor = 1;
};

struct OperationRow {
  Operation operation;
  std::string_view name;
  /// Computes a chunk of the result. `dtype` is that of all operands, of which there is at least
  /// one; it is a real type.
  void (*combine)(model::DType dtype, std::span<const Operand> operands, std::span<double> result);
};

std::span<const OperationRow> operation_table();

/// A tensor that takes part in a combination, with its numbers.
struct Input {
  const model::Storage& storage;
  model::Tensor tensor = {};  ///< a view of the storage
  double weight = 1;
  double divisor = 1;
};

struct Combination {
  Operation operation = Operation::weighted_sum;
  double scale = 1;                ///< factor of every element of the result, before rounding
  std::vector<Input> inputs = {};  ///< at least one; all have the same dtype and shape
};

/// Adds a storage to `tree` and returns the combined tensor over it. It has the dtype, shape and
/// device tag of the first input, and its strides when the strides of all inputs agree. Real and
/// imaginary parts of complex numbers are combined separately. The inputs are read when the result
/// is read; their blobs are kept alive, their trees may go.
///
/// Throws Error{unsupported} for tensors without strided elements.
model::Tensor combined(model::Tree& tree, const Combination& combination);

}  // namespace ckpt::tensor
