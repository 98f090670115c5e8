// Several tensors made one, element by element, while the result is read:
//
//   weighted_sum    scale * (x0 / d0 * w0 + x1 / d1 * w1 + ...)   in double, rounded once
//   maximum         the largest of them; NaN where any is
//   geometric_mean  exp(w0 * log x0 + w1 * log x1 + ...)
//
// Averages of checkpoints are weighted sums. An operation is a row of a table in combine.cpp: a
// name and a function that computes one chunk.
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

/// A chunk of one of the inputs: as many encoded elements as the result has.
struct Operand {
  ByteView elements;
  double weight = 1;
  double divisor = 1;
};

struct OperationRow {
  Operation operation;
  std::string_view name;
  /// Computes a chunk of the result from the operands, of which there is at least one; `dtype` is
  /// that of all of them, real.
  void (*combine)(model::DType dtype, std::span<const Operand> operands, std::span<double> result);
};

std::span<const OperationRow> operation_table();

struct Input {
  const model::Storage& storage;
  model::Tensor tensor = {};  ///< a view of the storage
  double weight = 1;
  double divisor = 1;
};

struct Combination {
  Operation operation = Operation::weighted_sum;
  double scale = 1;  ///< every element of the result is multiplied by it before it is rounded
  std::vector<Input> inputs = {};  ///< of one dtype and shape; at least one
};

/// The combined tensor over a new storage of `tree`: dtype, shape, device tag and, where the
/// strides of all agree, strides of the first. Complex numbers are combined part by part. The
/// inputs are read when the result is: their blobs are kept alive, their trees need not be.
/// Throws Error{unsupported} for tensors without strided elements.
model::Tensor combined(model::Tree& tree, const Combination& combination);

}  // namespace ckpt::tensor
