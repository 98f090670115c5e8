// Two methods, the cheap one first: marking each element with its owner, if there are few enough;
// else comparing boxes of a common grid pair by pair. If neither applies, views count as sharing.

#include "tensor/read/shared_elements.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "ckpt/model/coverage.hpp"

namespace ckpt::tensor {

namespace {

using model::Layout;

struct Dimension {
  std::int64_t stride = 0;
  std::int64_t count = 1;
};

/// The dimensions with more than one element, largest stride first.
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

/// The range of a view along one stride of a grid.
struct Interval {
  std::int64_t first = 0;
  std::int64_t count = 1;
};

/// The view as a box of the grid with these strides. Nothing when it is no box: a stride is 0 or no
/// multiple of the next, or a row continues into the next row.
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

namespace {

/// Returns false only when it is certain: the spans are disjoint, or both are boxes of one grid
/// that do not meet.
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

/// A union-find structure.
class Sets {
 public:
  explicit Sets(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), std::size_t{0});
  }

  std::size_t find(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  /// The smaller index represents both.
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }
  std::vector<std::size_t> labels() {
    std::vector<std::size_t> labels(parents_.size());
    std::size_t count = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
      labels[i] = find(i) == i ? count++ : labels[find(i)];
    return labels;
  }

 private:
  std::vector<std::size_t> parents_;
};

/// Moves the layouts to the first element of all, and divides by the common divisor of strides and
/// distances.
void move_to_start(std::vector<Layout>& layouts) {
  std::int64_t first = layouts.front().offset_elements;
  std::int64_t step = 0;
  for (const Layout& layout : layouts) first = std::min(first, layout.offset_elements);
  for (Layout& layout : layouts) {
    layout.offset_elements -= first;
    step = std::gcd(step, layout.offset_elements);
    for (const std::int64_t stride : layout.stride_elements) step = std::gcd(step, stride);
  }
  if (step <= 1) return;
  for (Layout& layout : layouts) {
    layout.offset_elements /= step;
    for (std::int64_t& stride : layout.stride_elements) stride /= step;
  }
}

/// Marks each element with its owner. Returns false when that would take too much memory or time.
bool join_by_marks(const std::vector<Layout>& layouts, Sets& sets) {
  std::int64_t end = 0;
  for (const Layout& layout : layouts) end = std::max(end, model::reach_elements(layout));
  const auto element_count = static_cast<std::uint64_t>(end);
  if (element_count > model::most_marked_elements) return false;
  std::uint64_t marks_left = model::most_marks_an_element * element_count;
  for (const Layout& layout : layouts) {
    const std::uint64_t marks = model::RunCursor(layout).element_count();
    if (marks > marks_left) return false;
    marks_left -= marks;
  }
  constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> owners(static_cast<std::size_t>(element_count), nobody);
  for (std::size_t i = 0; i < layouts.size(); ++i)
    for (model::RunCursor runs(layouts[i]); !runs.is_at_end();) {
      const model::ElementRun run = runs.next();
      for (std::uint64_t at = run.first; at < run.first + run.count; ++at) {
        std::uint32_t& owner = owners[static_cast<std::size_t>(at)];
        if (owner != nobody && owner != i) sets.join(owner, i);
        owner = static_cast<std::uint32_t>(i);
      }
    }
  return true;
}

/// Compares each with each; beyond `most_compared` that costs more than the bytes are worth.
void join_by_boxes(const std::vector<Layout>& layouts, Sets& sets) {
  constexpr std::size_t most_compared = 256;
  for (std::size_t i = 1; i < layouts.size(); ++i) {
    if (layouts.size() > most_compared) sets.join(0, i);
    for (std::size_t j = 0; j < i && layouts.size() <= most_compared; ++j)
      if (sets.find(i) != sets.find(j) && may_share_elements(layouts[i], layouts[j]))
        sets.join(i, j);
  }
}

}  // namespace

std::vector<std::size_t> group_by_elements(std::vector<Layout> layouts) {
  move_to_start(layouts);
  Sets sets(layouts.size());
  if (!join_by_marks(layouts, sets)) join_by_boxes(layouts, sets);
  return sets.labels();
}

}  // namespace ckpt::tensor
