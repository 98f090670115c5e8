// A layout reduced to what reading needs: axes of one element are removed, and neighbouring axes
// that continue each other are merged. A contiguous tensor of any shape becomes one axis of stride
// 1.
//
//   shape (2, 3, 4), strides (12, 4, 1)  ->  24 x 1
//   shape (2, 8, 5, 5) channels_last     ->  2 x 200, 8 x 1, 25 x 8
//
// A box is a range of the elements in logical order that is a block of axes: the unit of gathering.
#pragma once

#include <cstdint>
#include <vector>

#include "ckpt/model/tensor.hpp"

namespace ckpt::tensor {

/// A dimension: how many elements, and how far apart.
struct Axis {
  std::uint64_t count = 1;
  std::uint64_t stride = 0;  ///< in elements of the storage
  bool operator==(const Axis&) const = default;
};

/// Outermost first; {} for a single element. The layout must be valid and have elements.
std::vector<Axis> reduced_axes(const model::Layout& layout);

/// Consecutive elements in logical order that form a block of axes.
struct Box {
  std::uint64_t offset = 0;  ///< of its first element in the storage
  std::uint64_t element_count = 0;
  std::vector<Axis> axes = {};
};

/// Splits the elements [first, first + count) into boxes, in logical order.
class BoxCursor {
 public:
  BoxCursor(std::vector<Axis> axes, std::uint64_t offset, std::uint64_t first, std::uint64_t count);

  bool is_at_end() const { return remaining_ == 0; }
  /// The largest box at the current position with at most `max_elements` elements (at least 1).
  Box next(std::uint64_t max_elements);

 private:
  void advance(std::size_t axis, std::uint64_t steps);

  std::vector<Axis> axes_;
  std::vector<std::uint64_t> index_;
  std::uint64_t offset_;
  std::uint64_t remaining_;
};

}  // namespace ckpt::tensor
