// Finds out which views of one storage have elements in common.
#pragma once

#include <cstddef>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// The first element of the layout and the index behind its last, counted from the start of the
/// storage.
struct ElementSpan {
  std::int64_t first = 0;
  std::int64_t end = 0;
};
ElementSpan span_of(const model::Layout& layout);

/// A label for each layout, counted from 0: layouts with a common element, also through other
/// layouts, have the same label. All layouts must have elements, of the same size. The position of
/// all layouts together does not matter.
///
/// Exact where elements can be marked one by one (coverage.hpp), and for up to a few hundred
/// layouts that are boxes of one grid, such as columns 0 to 4 and 5 to 9 of a matrix. Other layouts
/// count as sharing.
std::vector<std::size_t> group_by_elements(std::vector<model::Layout> layouts);

}  // namespace ckpt::tensor
