// Whether two views of one storage have an element in common.
#pragma once

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// One past the last element that the layout reaches and its first, both from the storage's start.
struct ElementSpan {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
ElementSpan span_of(const model::Layout& layout);

/// False only when that is certain: the spans are apart, or the two are boxes of one grid that do
/// not meet, as columns 0 to 4 and 5 to 9 of a matrix are. Both have elements, of equal size.
bool may_share_elements(const model::Layout& a, const model::Layout& b);

}  // namespace ckpt::tensor
