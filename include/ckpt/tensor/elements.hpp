// Single elements of every dtype: bytes to numbers, numbers to bytes, and the text people read.
//
// An element is row_of(dtype).size_bytes bytes in this machine's byte order, which is how
// ElementStream delivers them. Loops over many elements belong to statistics, compare and cast.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The value of one element, exactly:
///   floating                       double
///   signed and unsigned integers   std::int64_t, std::uint64_t
///   bool                           bool; any byte but 0 is true
///   complex                        std::complex<double>
///   quantized                      std::int64_t (qint) or std::uint64_t (quint): the stored
///   integer bits, float4, quint4x2, quint2x4   std::uint64_t: the stored bits (for packed types a
///   byte)
using Number = std::variant<bool, std::int64_t, std::uint64_t, double, std::complex<double>>;

/// `element` holds at least one element.
Number decode(model::DType dtype, ByteView element);

/// As decode(), as the nearest double: integers beyond 2^53 are rounded; of a complex number the
/// real part.
double decode_real(model::DType dtype, ByteView element);

/// Writes `number` as one element at the start of `out`. Floats round to nearest, ties to even,
/// through float32 for what is narrower (as torch converts a Python float); too large is Inf, or
/// what cast.hpp says for float8.
/// Throws Error{usage} when a number would be lost: a fraction or an imaginary part in a type that
/// has none, an integer outside the type's range, anything but 0, 1, false and true in a bool.
void encode(model::DType dtype, const Number& number, std::span<std::byte> out);

/// What people read. Floats: the shortest decimal that rounds to the same element ("0.1" for the
/// bfloat16 nearest to 0.1), written as Python writes floats; complex "1.0-2.0j"; bool "True";
/// bits "0x1f".
std::string element_text(model::DType dtype, ByteView element);

/// As element_text() prints an element of a floating dtype, without the element: `value` must be a
/// value of that dtype (a minimum, say).
std::string float_text(model::DType dtype, double value);

/// Whether the integers of `dtype`, quantized ones included, are signed.
bool has_signed_integers(model::DType dtype);

}  // namespace ckpt::tensor
