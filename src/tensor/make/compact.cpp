// Per storage:
//   1. collect the views of all tensors;
//   2. group views that share elements (read/shared_elements.hpp);
//   3. give each group a new storage: cut out of the old one when its elements are adjacent,
//   gathered
//      when the group is one layout with gaps, thinned when all views use the same step.

#include "ckpt/tensor/compact.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>
#include <vector>

#include "ckpt/model/walk.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "tensor/read/shared_elements.hpp"

namespace ckpt::tensor {

namespace {

using model::Kind;
using model::Layout;
using model::NodeId;
using model::StorageId;
using model::Tensor;
using model::Tree;

/// A tensor as a view of its storage.
struct View {
  NodeId tensor = model::no_node;
  Layout layout = {};
  std::int64_t element_bytes = 1;
  std::int64_t first_byte = 0;
  std::int64_t end_byte = 0;

  bool is_like(const View& other) const {
    return element_bytes == other.element_bytes && layout == other.layout;
  }
};

View make_view(NodeId node, const Tensor& tensor) {
  const auto element_bytes = static_cast<std::int64_t>(model::row_of(tensor.dtype).size_bytes);
  const ElementSpan span = span_of(tensor.layout);
  if (span.end <= span.first) return {node, tensor.layout, element_bytes};  // no elements
  return {node, tensor.layout, element_bytes, span.first * element_bytes, span.end * element_bytes};
}

struct Views {
  std::vector<View> views;
  bool must_stay = false;  ///< something that cannot get another storage uses it
};

bool is_plain_view(const Tree& tree, const Tensor& tensor) {
  const bool is_little = std::endian::native == std::endian::little;
  const auto native = is_little ? model::ByteOrder::little : model::ByteOrder::big;
  return tensor.source == model::no_node && tree.storage_of(tensor.storage).byte_order == native &&
         model::row_of(tensor.dtype).elements_per_byte <= 1;
}

/// Indexed by StorageId: the tensors that view it, each once.
std::vector<Views> collect_views(const Tree& tree) {
  std::vector<Views> found(tree.storages().size());
  std::vector<bool> is_seen(tree.size());
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    const NodeId node = walk.node();
    if (is_seen[static_cast<std::size_t>(node)]) {
      walk.skip_children();
      continue;
    }
    is_seen[static_cast<std::size_t>(node)] = true;
    if (tree.is(node, Kind::storage))
      found[static_cast<std::size_t>(tree.storage(node))].must_stay = true;
    if (!tree.is(node, Kind::tensor) || tree.tensor(node).storage == model::no_storage) continue;
    const Tensor& tensor = tree.tensor(node);
    Views& views = found[static_cast<std::size_t>(tensor.storage)];
    views.must_stay = views.must_stay || !is_plain_view(tree, tensor);
    views.views.push_back(make_view(node, tensor));
  }
  return found;
}

using Group = std::vector<View>;  ///< what must stay in one storage

/// The different layouts of a group; equal layouts are represented by the first of them.
struct Distinct {
  std::vector<View> views;
  std::vector<std::size_t> view_of;  ///< for each view of the group, the index of its layout in
                                     ///< `views`
};

Distinct find_distinct(const Group& group) {
  Distinct distinct;
  std::map<
      std::tuple<std::int64_t, std::int64_t, std::vector<std::int64_t>, std::vector<std::int64_t>>,
      std::size_t>
      known;
  for (const View& view : group) {
    const auto [place, is_new] = known.try_emplace(
        {view.first_byte, view.element_bytes, view.layout.shape, view.layout.stride_elements},
        distinct.views.size());
    if (is_new) distinct.views.push_back(view);
    distinct.view_of.push_back(place->second);
  }
  return distinct;
}

/// Splits a group into subgroups that share elements.
std::vector<Group> split_by_elements(const Group& group) {
  const Distinct distinct = find_distinct(group);
  const bool is_one_size = std::ranges::all_of(
      group, [&](const View& view) { return view.element_bytes == group.front().element_bytes; });
  std::vector<Layout> layouts;
  for (const View& view : distinct.views) layouts.push_back(view.layout);
  if (!is_one_size || layouts.size() == 1) return {group};
  const std::vector<std::size_t> labels = group_by_elements(std::move(layouts));
  std::vector<Group> groups;
  for (std::size_t i = 0; i < group.size(); ++i) {
    const std::size_t label = labels[distinct.view_of[i]];
    if (label >= groups.size()) groups.resize(label + 1);
    groups[label].push_back(group[i]);
  }
  return groups;
}

/// Groups views by overlapping spans, then by shared elements, until nothing splits any more. A
/// split-off group may fit a grid of its own, and a second run of compact must change nothing.
std::vector<Group> group_views(std::vector<View> views) {
  std::vector<Group> groups;
  std::vector<Group> open;
  std::ranges::stable_sort(views, {}, &View::first_byte);
  std::int64_t end_byte = 0;
  for (View& view : views) {
    if (open.empty() || view.first_byte >= end_byte) open.emplace_back();
    end_byte = std::max(end_byte, view.end_byte);
    open.back().push_back(std::move(view));
  }
  while (!open.empty()) {
    const Group group = std::move(open.back());
    open.pop_back();
    std::vector<Group> parts = split_by_elements(group);
    if (parts.size() == 1)
      groups.push_back(std::move(parts.front()));
    else
      std::ranges::move(parts, std::back_inserter(open));
  }
  std::ranges::stable_sort(groups, {}, [](const Group& group) { return group.front().first_byte; });
  return groups;
}

std::int64_t dense_bytes_of(const View& view) {
  return model::element_count(view.layout.shape) * view.element_bytes;
}

enum class Making : std::uint8_t {
  cut,       ///< the span of the views
  gathered,  ///< the elements of the only layout, without the gaps between them
  thinned,   ///< every n-th element of the span, when all views use only these
};

/// The storage that a group will have.
struct Extent {
  Making making = Making::cut;
  std::int64_t first_byte = 0;
  std::int64_t size_bytes = 0;
  std::int64_t step = 1;  ///< for thinned storages
};

/// The greatest common divisor of all strides and of the distances between the views.
std::int64_t common_step(const Group& group) {
  std::int64_t step = 0;
  for (const View& view : group) {
    step = std::gcd(step, (view.first_byte - group.front().first_byte) / view.element_bytes);
    for (std::size_t i = 0; i < view.layout.shape.size(); ++i)
      if (view.layout.shape[i] > 1) step = std::gcd(step, view.layout.stride_elements[i]);
  }
  return std::max<std::int64_t>(step, 1);
}

Extent extent_of(const Group& group) {
  std::int64_t first_byte = group.front().first_byte;
  std::int64_t end_byte = first_byte;
  std::int64_t largest_bytes = 1;
  std::int64_t smallest_bytes = group.front().element_bytes;
  for (const View& view : group) {
    largest_bytes = std::max(largest_bytes, view.element_bytes);
    smallest_bytes = std::min(smallest_bytes, view.element_bytes);
    first_byte = std::min(first_byte, view.first_byte);
    end_byte = std::max(end_byte, view.end_byte);
  }
  if (end_byte == first_byte) return {};  // no elements
  const View& view = group.front();
  const bool is_one_layout =
      std::ranges::all_of(group, [&](const View& other) { return other.is_like(view); });
  const std::int64_t dense_bytes = dense_bytes_of(view);
  const std::int64_t step = smallest_bytes == largest_bytes ? common_step(group) : 1;
  const std::int64_t thinned_bytes =
      (((end_byte - first_byte) / largest_bytes - 1) / step + 1) * largest_bytes;
  if (is_one_layout && dense_bytes < end_byte - first_byte && dense_bytes <= thinned_bytes)
    return {.making = Making::gathered, .size_bytes = dense_bytes};
  if (step > 1) return {Making::thinned, first_byte, thinned_bytes, step};
  first_byte -= first_byte % largest_bytes;
  return {.first_byte = first_byte, .size_bytes = end_byte - first_byte};
}

/// The dimensions by stride, largest first: the order that clone() keeps.
std::vector<std::size_t> order_of_strides(const Layout& layout) {
  std::vector<std::size_t> order(layout.shape.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return layout.stride_elements[i]; });
  return order;
}

/// Strides without gaps, for dimensions in this order of memory.
std::vector<std::int64_t> dense_strides(const Layout& layout,
                                        const std::vector<std::size_t>& order) {
  std::vector<std::int64_t> strides(layout.shape.size());
  std::int64_t stride = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = stride;
    stride *= std::max<std::int64_t>(layout.shape[order[i]], 1);
  }
  return strides;
}

void gather(Tree& tree, const Group& group, const model::Storage& old) {
  Tensor permuted = tree.tensor(group.front().tensor);
  permuted.is_conjugated = permuted.is_negated = false;  // the flags stay with the tensors
  const Layout layout = permuted.layout;
  const std::vector<std::size_t> order = order_of_strides(layout);
  for (std::size_t i = 0; i < order.size(); ++i) {
    permuted.layout.shape[i] = layout.shape[order[i]];
    permuted.layout.stride_elements[i] = layout.stride_elements[order[i]];
  }
  model::Storage storage = old;
  storage.blob = make_dense_blob(old, permuted);
  const StorageId id = tree.add_storage(std::move(storage));
  for (const View& view : group) {
    Tensor& tensor = tree.mutable_tensor(view.tensor);
    tensor.storage = id;
    tensor.layout.offset_elements = 0;
    tensor.layout.stride_elements = dense_strides(layout, order);
  }
}

void cut_out(Tree& tree, const Group& group, const Extent& extent, const model::Storage& old) {
  model::Storage storage = old;
  storage.blob = model::make_part(old.blob, static_cast<std::uint64_t>(extent.first_byte),
                                  static_cast<std::uint64_t>(extent.size_bytes));
  const StorageId id = tree.add_storage(std::move(storage));
  for (const View& view : group) {
    Tensor& tensor = tree.mutable_tensor(view.tensor);
    tensor.storage = id;
    tensor.layout.offset_elements = (view.first_byte - extent.first_byte) / view.element_bytes;
  }
}

/// Keeps every `step`-th element of the span; strides and distances are divided by `step`.
void thin_out(Tree& tree, const Group& group, const Extent& extent, const model::Storage& old) {
  const std::int64_t element_bytes = group.front().element_bytes;
  Tensor every = tree.tensor(group.front().tensor);
  every.is_conjugated = every.is_negated = false;  // the flags stay with the tensors
  every.layout = {
      {extent.size_bytes / element_bytes}, {extent.step}, extent.first_byte / element_bytes};
  model::Storage storage = old;
  storage.blob = make_dense_blob(old, every);
  const StorageId id = tree.add_storage(std::move(storage));
  for (const View& view : group) {
    Tensor& tensor = tree.mutable_tensor(view.tensor);
    tensor.storage = id;
    tensor.layout.offset_elements =
        (view.first_byte - extent.first_byte) / element_bytes / extent.step;
    for (std::size_t i = 0; i < tensor.layout.shape.size(); ++i)
      if (tensor.layout.shape[i] > 1) tensor.layout.stride_elements[i] /= extent.step;
  }
}

void give_storage(Tree& tree, const Group& group, const model::Storage& old) {
  const Extent extent = extent_of(group);
  switch (extent.making) {
    case Making::cut:
      return cut_out(tree, group, extent, old);
    case Making::gathered:
      return gather(tree, group, old);
    case Making::thinned:
      return thin_out(tree, group, extent, old);
  }
}

}  // namespace

CompactReport compact_storages(Tree& tree) {
  CompactReport report;
  std::vector<Views> found = collect_views(tree);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].views.empty()) continue;
    ++report.storages;
    model::Storage old = tree.storages()[i];
    old.key.clear();
    const std::vector<Group> groups = group_views(std::move(found[i].views));
    std::uint64_t kept_bytes = 0;
    for (const Group& group : groups)
      kept_bytes += static_cast<std::uint64_t>(extent_of(group).size_bytes);
    if (found[i].must_stay || kept_bytes >= old.size_bytes()) continue;
    for (const Group& group : groups) give_storage(tree, group, old);
    ++report.trimmed_storages;
    report.dropped_bytes += old.size_bytes() - kept_bytes;
  }
  return report;
}

}  // namespace ckpt::tensor
