// Sums of elements times numbers, of which averages are made: in double, every step rounded alike
// on every machine.
#pragma once

#include <cstdint>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

enum class TermPlace : std::uint8_t { first, later };

struct Term {
  double weight = 1;
  double divisor = 1;
  TermPlace place = TermPlace::later;
};

/// Adds element / divisor * weight to each of `sums`; the first term replaces what they were.
/// `elements` are as many, of any dtype that decode_real() takes.
void add_term(model::DType dtype, ByteView elements, const Term& term, std::span<double> sums);

/// As many elements of these numbers: floats are rounded as encode() does, integers lose their
/// fraction, a bool is whether the number is not 0. Throws as encode() does.
void store_numbers(model::DType dtype, std::span<const double> numbers, std::span<std::byte> out);

}  // namespace ckpt::tensor
