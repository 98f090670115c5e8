// Merging neighbouring axes makes boxes large: a contiguous tensor is one box.

#include "tensor/read/axes.hpp"

#include <algorithm>
#include <utility>

namespace ckpt::tensor {

std::vector<Axis> reduced_axes(const model::Layout& layout) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < layout.shape.size(); ++i) {
    const Axis axis{static_cast<std::uint64_t>(layout.shape[i]),
                    static_cast<std::uint64_t>(layout.stride_elements[i])};
    if (axis.count == 1) continue;
    if (!axes.empty() && axes.back().stride == axis.stride * axis.count) {
      axes.back() = Axis{axes.back().count * axis.count, axis.stride};
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

BoxCursor::BoxCursor(std::vector<Axis> axes, std::uint64_t offset, std::uint64_t first,
                     std::uint64_t count)
    : axes_(std::move(axes)), index_(axes_.size()), offset_(offset), remaining_(count) {
  for (std::size_t i = axes_.size(); i-- > 0;) {
    index_[i] = first % axes_[i].count;
    first /= axes_[i].count;
  }
}

Box BoxCursor::next(std::uint64_t max_elements) {
  const std::uint64_t limit = std::min(max_elements, remaining_);
  // The trailing axes [whole, end) fit completely; of the axis in front of them as much as
  // possible.
  std::size_t whole = axes_.size();
  std::uint64_t block = 1;
  while (whole > 0 && index_[whole - 1] == 0 && axes_[whole - 1].count <= limit / block)
    block *= axes_[--whole].count;

  Box box{offset_, block, {}};
  for (std::size_t i = 0; i < axes_.size(); ++i) box.offset += index_[i] * axes_[i].stride;
  if (whole > 0) {
    const Axis& cut = axes_[whole - 1];
    const std::uint64_t steps = std::min(cut.count - index_[whole - 1], limit / block);
    box.element_count = block * steps;
    if (steps > 1) box.axes.push_back({steps, cut.stride});
    advance(whole - 1, steps);
  }
  for (std::size_t i = whole; i < axes_.size(); ++i) box.axes.push_back(axes_[i]);
  remaining_ -= box.element_count;
  return box;
}

void BoxCursor::advance(std::size_t axis, std::uint64_t steps) {
  index_[axis] += steps;
  while (axis > 0 && index_[axis] == axes_[axis].count) {
    index_[axis] = 0;
    ++index_[--axis];
  }
}

}  // namespace ckpt::tensor
