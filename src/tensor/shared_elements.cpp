#include "tensor/shared_elements.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace ckpt::tensor {

namespace {

using model::Layout;

struct Dimension {
  std::int64_t stride = 0;
  std::int64_t count = 1;
};

/// The dimensions of more than one element, largest stride first.
std::vector<Dimension> dimensions_of(const Layout& layout) {
  std::vector<Dimension> dimensions;
  for (std::size_t i = 0; i < layout.shape.size(); ++i)
    if (layout.shape[i] > 1) dimensions.push_back({layout.stride_elements[i], layout.shape[i]});
  std::ranges::sort(dimensions, std::ranges::greater{}, &Dimension::stride);
  return dimensions;
}

std::vector<std::int64_t> strides_of(const Layout& a, const Layout& b) {
  std::vector<std::int64_t> strides{1};
  for (const Layout* layout : {&a, &b})
    for (const Dimension& dimension : dimensions_of(*layout)) strides.push_back(dimension.stride);
  std::ranges::sort(strides, std::ranges::greater{});
  strides.erase(std::unique(strides.begin(), strides.end()), strides.end());
  return strides;
}

/// Where a view lies along each stride of a grid.
struct Interval {
  std::int64_t first = 0;
  std::int64_t count = 1;
};

/// The view as a box of the grid that `strides` span, or nothing when it is none: a stride of 0, or
/// one that is no multiple of the next, or a row that runs over into the next one.
std::optional<std::vector<Interval>> find_box(const Layout& layout,
                                              const std::vector<std::int64_t>& strides) {
  const std::vector<Dimension> dimensions = dimensions_of(layout);
  std::vector<Interval> box;
  std::int64_t offset = layout.offset_elements;
  std::size_t next = 0;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    if (strides[i] == 0) return std::nullopt;
    Interval interval{offset / strides[i], 1};
    offset %= strides[i];
    if (next < dimensions.size() && dimensions[next].stride == strides[i])
      interval.count = dimensions[next++].count;
    const bool is_nested =
        i == 0 || (strides[i - 1] % strides[i] == 0 &&
                   interval.first + interval.count <= strides[i - 1] / strides[i]);
    if (!is_nested) return std::nullopt;
    box.push_back(interval);
  }
  if (next < dimensions.size()) return std::nullopt;
  return box;
}

}  // namespace

ElementSpan span_of(const Layout& layout) {
  return {layout.offset_elements, model::reach_elements(layout)};
}

bool may_share_elements(const Layout& a, const Layout& b) {
  const ElementSpan span_a = span_of(a);
  const ElementSpan span_b = span_of(b);
  if (span_a.end <= span_b.first || span_b.end <= span_a.first) return false;
  const std::vector<std::int64_t> strides = strides_of(a, b);
  const auto box_a = find_box(a, strides);
  const auto box_b = find_box(b, strides);
  if (!box_a || !box_b) return true;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    const Interval& x = (*box_a)[i];
    const Interval& y = (*box_b)[i];
    if (x.first + x.count <= y.first || y.first + y.count <= x.first) return false;
  }
  return true;
}

}  // namespace ckpt::tensor
