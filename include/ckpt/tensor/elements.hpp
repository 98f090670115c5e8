// Single elements of every dtype: bytes to number, number to bytes, and text for people.
//
// An element is row_of(dtype).size_bytes bytes in this machine's byte order, as ElementStream
// delivers it. Code that handles many elements belongs to statistics, compare and cast, which have
// loops per dtype.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// The exact value of one element:
///
///   floating                         double
///   signed and unsigned integers     std::int64_t, std::uint64_t
///   bool                             bool; any byte but 0 is true
///   complex                          std::complex<double>
///   quantized                        std::int64_t (qint) or std::uint64_t (quint): the stored
///   integer bits, float4, quint4x2, quint2x4 std::uint64_t: the stored bits; packed types: one
///   byte
using Number = std::variant<bool, std::int64_t, std::uint64_t, double, std::complex<double>>;

/// `element` must hold at least one element.
Number decode(model::DType dtype, ByteView element);

/// The value as the nearest double: integers beyond 2^53 are rounded; complex numbers give their
/// real part.
double decode_real(model::DType dtype, ByteView element);

/// Writes `number` as one element to the start of `out`. Floats round to nearest, ties to even, and
/// through float32 for narrower types, as torch converts a Python float. Numbers that are too large
/// become Inf, or what cast.hpp says for float8.
///
/// Throws Error{usage} when the number does not fit: a fraction or an imaginary part in a type
/// without one, an integer outside the range, anything but 0, 1, false and true in a bool.
void encode(model::DType dtype, const Number& number, std::span<std::byte> out);

/// The element for people. Floats: the shortest decimal that rounds to the same element ("0.1" for
/// the bfloat16 nearest to 0.1), in Python's spelling; complex "1.0-2.0j"; bool "True"; bits
/// "0x1f".
std::string element_text(model::DType dtype, ByteView element);

/// The text of element_text() for a value instead of an element. `value` must be representable in
/// the floating type `dtype`, as a minimum of its elements is.
std::string float_text(model::DType dtype, double value);

/// Whether the stored integers of `dtype` are signed; includes quantized types.
bool has_signed_integers(model::DType dtype);

}  // namespace ckpt::tensor
