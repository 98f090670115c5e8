// Sorts views by their first byte and splits them into clusters of overlapping ranges. A single
// view is counted by its runs; a cluster is marked unit by unit only when its views leave gaps.

#include "ckpt/model/coverage.hpp"

#include <functional>
#include <numeric>
#include <span>
#include <tuple>

namespace ckpt::model {

RunCursor::RunCursor(const Layout& layout) {
  if (model::element_count(layout.shape) == 0) {
    is_at_end_ = true;
    return;
  }
  for (std::size_t i = 0; i < layout.shape.size(); ++i)
    if (layout.shape[i] > 1 && layout.stride_elements[i] > 0)
      dimensions_.push_back({static_cast<std::uint64_t>(layout.shape[i]),
                             static_cast<std::uint64_t>(layout.stride_elements[i])});
  std::ranges::sort(dimensions_, std::greater{}, &Dimension::stride);
  run_ = {static_cast<std::uint64_t>(layout.offset_elements), 1};
  while (!dimensions_.empty() && dimensions_.back().stride == run_.count) {
    run_.count *= dimensions_.back().count;
    dimensions_.pop_back();
  }
  element_count_ = run_.count;
  for (const Dimension& dimension : dimensions_) element_count_ *= dimension.count;
}

ElementRun RunCursor::next() {
  const ElementRun current = run_;
  is_at_end_ = true;
  for (auto dimension = dimensions_.rbegin(); dimension != dimensions_.rend(); ++dimension) {
    run_.first += dimension->stride;
    if (++dimension->index < dimension->count) {
      is_at_end_ = false;
      break;
    }
    run_.first -= dimension->stride * dimension->count;
    dimension->index = 0;
  }
  return current;
}

namespace {

/// A view with the byte range from its first to its last element.
struct Span {
  StorageView view;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

std::vector<Span> sorted_spans(std::vector<StorageView> views) {
  std::vector<Span> spans;
  for (StorageView& view : views) {
    const auto reach = static_cast<std::uint64_t>(reach_elements(view.layout));
    if (reach == 0) continue;
    const auto first = static_cast<std::uint64_t>(view.layout.offset_elements);
    const std::uint64_t bytes = view.element_bytes;
    spans.push_back({std::move(view), first * bytes, reach * bytes});
  }
  const auto place = [](const Span& span) {
    return std::tie(span.first, span.end, span.view.element_bytes, span.view.layout.shape,
                    span.view.layout.stride_elements);
  };
  std::ranges::sort(spans, std::less{}, place);
  const auto is_like = [](const Span& a, const Span& b) { return a.view == b.view; };
  spans.erase(std::unique(spans.begin(), spans.end(), is_like), spans.end());
  return spans;
}

/// Whether each stride reaches past everything below it, so that no two indices meet.
bool has_distinct_elements(const Layout& layout) {
  std::vector<std::pair<std::int64_t, std::int64_t>> dimensions;  // stride, count
  for (std::size_t i = 0; i < layout.shape.size(); ++i)
    if (layout.shape[i] > 1 && layout.stride_elements[i] > 0)
      dimensions.emplace_back(layout.stride_elements[i], layout.shape[i]);
  std::ranges::sort(dimensions);
  std::int64_t reach = 1;
  for (const auto& [stride, count] : dimensions) {
    if (stride < reach) return false;
    reach += stride * (count - 1);
  }
  return true;
}

/// Marks seen bytes in units of the largest size that divides all element sizes and positions.
std::uint64_t marked_bytes(std::span<const Span> cluster, std::uint64_t first, std::uint64_t end) {
  std::uint64_t unit = cluster.front().view.element_bytes;
  for (const Span& span : cluster) unit = std::gcd(unit, std::uint64_t{span.view.element_bytes});
  const std::uint64_t unit_count = (end - first) / unit;
  if (unit_count > most_marked_elements) return end - first;
  std::uint64_t marks_left = most_marks_an_element * unit_count;
  for (const Span& span : cluster) {
    const std::uint64_t marks = RunCursor(span.view.layout).element_count();
    if (marks > marks_left) return end - first;
    marks_left -= marks;
  }
  std::vector<bool> is_seen(static_cast<std::size_t>(unit_count));
  for (const Span& span : cluster) {
    const std::uint64_t scale = span.view.element_bytes / unit;
    for (RunCursor runs(span.view.layout); !runs.is_at_end();) {
      const ElementRun run = runs.next();
      const auto from = static_cast<std::ptrdiff_t>(run.first * scale - first / unit);
      std::fill_n(is_seen.begin() + from, run.count * scale, true);
    }
  }
  return static_cast<std::uint64_t>(std::ranges::count(is_seen, true)) * unit;
}

/// The bytes that a cluster of overlapping spans sees between `first` and `end`.
std::uint64_t cluster_bytes(std::span<const Span> cluster, std::uint64_t first, std::uint64_t end) {
  std::uint64_t whole = first;  // everything from `first` up to here is seen
  for (const Span& span : cluster) {
    if (!has_distinct_elements(span.view.layout)) continue;
    const std::uint64_t seen =
        RunCursor(span.view.layout).element_count() * span.view.element_bytes;
    if (cluster.size() == 1) return seen;
    if (seen == span.end - span.first && span.first <= whole) whole = std::max(whole, span.end);
  }
  return whole == end ? end - first : marked_bytes(cluster, first, end);
}

}  // namespace

std::uint64_t covered_bytes(std::vector<StorageView> views) {
  const std::vector<Span> spans = sorted_spans(std::move(views));
  std::uint64_t covered = 0;
  for (std::size_t start = 0; start < spans.size();) {
    std::uint64_t end = spans[start].end;
    std::size_t next = start + 1;
    while (next < spans.size() && spans[next].first < end) end = std::max(end, spans[next++].end);
    covered +=
        cluster_bytes(std::span(spans).subspan(start, next - start), spans[start].first, end);
    start = next;
  }
  return covered;
}

}  // namespace ckpt::model
