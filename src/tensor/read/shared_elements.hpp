// Which views of one storage have elements in common.
#pragma once

#include <cstddef>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// One past the last element that the layout reaches and its first, both from the storage's start.
struct ElementSpan {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
ElementSpan span_of(const model::Layout& layout);

/// Which layouts have elements in common, through others as well: a label for each, counted from 0.
/// All have elements, of one size. Exact where they can be marked one by one (coverage.hpp), and
/// for up to a few hundred that are boxes of one grid, as columns 0 to 4 and 5 to 9 of a matrix
/// are; else they count as sharing. Where the layouts lie all together makes no difference.
std::vector<std::size_t> group_by_elements(std::vector<model::Layout> layouts);

}  // namespace ckpt::tensor
