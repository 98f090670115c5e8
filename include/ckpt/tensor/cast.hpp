// Casts between dtypes as torch's tensor.to(dtype): floating to floating, complex to complex, and
// integers and booleans to each other and to floating types. Integers keep their low bits.
//
// Rounding is to nearest, ties to even. torch casts float64 to a type narrower than float32 through
// float32, so ckpt rounds twice as well. Values that are too large become
//
//   Inf    float16, bfloat16, float8_e5m2
//   448    float8_e4m3fn, as in torch 2.13 (torch up to 2.6 gave NaN)
//   NaN    float8_e4m3fnuz, float8_e5m2fnuz, float8_e8m0fnu
//
// NaN stays NaN. Its sign and payload may differ from torch's, where they depend on the machine and
// on the length of the tensor.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Whether the cast exists. Floating types are not cast to integers: such a cast would drop
/// fractions, not round.
bool can_cast(model::DType from, model::DType to);

/// Casts all elements of `in` into `out`, which must have room for as many. Both are in this
/// machine's byte order. Throws Error{unsupported} unless can_cast().
void cast_elements(model::DType from, model::DType to, ByteView in, std::span<std::byte> out);

/// A blob with the cast of `source`, computed while it is read; it can be opened at any byte.
/// `source` is a dense blob (make_dense_blob); it is returned itself when the types are equal.
/// Throws Error{unsupported} unless can_cast(), Error{malformed} when `source` does not consist of
/// whole elements.
std::shared_ptr<const model::Blob> make_cast_blob(std::shared_ptr<const model::Blob> source,
                                                  model::DType from, model::DType to);

}  // namespace ckpt::tensor
