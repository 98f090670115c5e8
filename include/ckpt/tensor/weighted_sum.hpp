// Weighted sums of elements, the arithmetic behind averages of checkpoints. Computed in double,
// with the same rounding steps on every machine, so that a merge is reproducible.
#pragma once

#include <cstdint>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

enum class TermPlace : std::uint8_t { first, later };

/// The factor of one tensor in a sum: weight / divisor.
struct Term {
  double weight = 1;
  double divisor = 1;
  TermPlace place = TermPlace::later;
};

/// Adds element / divisor * weight to each of `sums`; the first term overwrites them. `elements`
/// and `sums` have the same length; `dtype` is any that decode_real() takes.
void add_term(model::DType dtype, ByteView elements, const Term& term, std::span<double> sums);

/// Writes `numbers` as elements. Floats are rounded as encode() does, integers lose their fraction,
/// a bool is true when the number is not 0. Throws as encode() does.
void store_numbers(model::DType dtype, std::span<const double> numbers, std::span<std::byte> out);

}  // namespace ckpt::tensor
