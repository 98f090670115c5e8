// Casts between floating types, between complex ones, and of integers and booleans to one another
// and to floating types, as tensor.to(dtype) of torch does them. Integers keep their low bits.
//
// Round to nearest, ties to even; what is narrower than float32 is rounded from float32, also where
// the source is float64. Too large becomes Inf (float16, bfloat16, float8_e5m2), 448
// (float8_e4m3fn, torch 2.13; torch up to 2.6 gave NaN), NaN (the fnuz types, float8_e8m0fnu). NaN
// stays NaN; its sign and payload may differ from torch's, whose own depend on the machine and the
// tensor's length.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "ckpt/base/bytes.hpp"
#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"

namespace ckpt::tensor {

/// Both floating, both complex, or from integers or booleans to one of these or to floating.
/// Floats do not become integers: what is lost then is no rounding.
bool can_cast(model::DType from, model::DType to);

/// Casts all elements of `in` to the start of `out`, which has room for as many. Both are in this
/// machine's byte order. Throws Error{unsupported} unless can_cast().
void cast_elements(model::DType from, model::DType to, ByteView in, std::span<std::byte> out);

/// The cast of a dense blob (make_dense_blob), computed while it is read; it can be opened at any
/// byte. `source` itself when the types are equal. Throws Error{unsupported} unless can_cast(),
/// Error{malformed} when `source` does not consist of whole elements.
std::shared_ptr<const model::Blob> make_cast_blob(std::shared_ptr<const model::Blob> source,
                                                  model::DType from, model::DType to);

}  // namespace ckpt::tensor
