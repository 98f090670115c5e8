#include "ckpt/tensor/compact.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "ckpt/model/walk.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "tensor/shared_elements.hpp"

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
  bool must_stay = false;  ///< something sees the storage that cannot be given another one
};

bool is_plain_view(const Tree& tree, const Tensor& tensor) {
  const bool is_little = std::endian::native == std::endian::little;
  const auto native = is_little ? model::ByteOrder::little : model::ByteOrder::big;
  return tensor.source == model::no_node && tree.storage_of(tensor.storage).byte_order == native &&
         model::row_of(tensor.dtype).elements_per_byte <= 1;
}

/// By StorageId: the tensors that view it, each once.
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

/// Splits views whose spans overlap, sorted, into those that share elements with each other.
void split_by_elements(std::span<const View> views, std::vector<Group>& groups) {
  // Beyond this many the comparison of each with each costs more than the bytes are worth.
  constexpr std::size_t most_compared = 256;
  const bool is_comparable = views.size() <= most_compared;
  std::vector<Group> open;
  for (const View& view : views) {
    Group joined{view};
    std::erase_if(open, [&](Group& group) {
      const bool shares = !is_comparable || std::ranges::any_of(group, [&](const View& other) {
        return view.element_bytes != other.element_bytes ||
               may_share_elements(view.layout, other.layout);
      });
      if (shares) joined.insert(joined.end(), group.begin(), group.end());
      return shares;
    });
    open.push_back(std::move(joined));
  }
  for (Group& group : open) groups.push_back(std::move(group));
}

std::vector<Group> group_views(std::vector<View> views) {
  std::vector<Group> groups;
  std::ranges::stable_sort(views, {}, &View::first_byte);
  std::size_t start = 0;
  std::int64_t end_byte = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (i > start && views[i].first_byte >= end_byte) {
      split_by_elements(std::span(views).subspan(start, i - start), groups);
      start = i;
    }
    end_byte = std::max(end_byte, views[i].end_byte);
  }
  if (!views.empty()) split_by_elements(std::span(views).subspan(start), groups);
  return groups;
}

std::int64_t dense_bytes_of(const View& view) {
  return model::element_count(view.layout.shape) * view.element_bytes;
}

/// The storage that a group is to have: the span of its views, or the elements alone where a
/// single layout leaves gaps between them.
struct Extent {
  std::int64_t first_byte = 0;
  std::int64_t size_bytes = 0;
  bool is_gathered = false;
};

Extent extent_of(const Group& group) {
  std::int64_t first_byte = group.front().first_byte;
  std::int64_t end_byte = first_byte;
  std::int64_t alignment_bytes = 1;
  for (const View& view : group) {
    alignment_bytes = std::max(alignment_bytes, view.element_bytes);
    first_byte = std::min(first_byte, view.first_byte);
    end_byte = std::max(end_byte, view.end_byte);
  }
  const View& view = group.front();
  const bool is_one_layout =
      std::ranges::all_of(group, [&](const View& other) { return other.is_like(view); });
  const std::int64_t dense_bytes = dense_bytes_of(view);
  if (is_one_layout && dense_bytes < end_byte - first_byte) return {0, dense_bytes, true};
  first_byte -= first_byte % alignment_bytes;
  return {first_byte, end_byte - first_byte, false};
}

/// The same dimensions, largest stride first: the order in which clone() keeps them.
std::vector<std::size_t> order_of_strides(const Layout& layout) {
  std::vector<std::size_t> order(layout.shape.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return layout.stride_elements[i]; });
  return order;
}

/// Strides without gaps in the order that `order` gives.
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
  permuted.is_conjugated = permuted.is_negated = false;  // flags stay with the tensors
  const Layout layout = permuted.layout;
  const std::vector<std::size_t> order = order_of_strides(layout);
  for (std::size_t i = 0; i < order.size(); ++i) {
    permuted.layout.shape[i] = layout.shape[order[i]];
    permuted.layout.stride_elements[i] = layout.stride_elements[order[i]];
  }
  model::Storage storage = old;
  storage.blob = make_dense_blob(tree, permuted);
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
    for (const Group& group : groups) {
      const Extent extent = extent_of(group);
      if (extent.is_gathered)
        gather(tree, group, old);
      else
        cut_out(tree, group, extent, old);
    }
    ++report.trimmed_storages;
    report.dropped_bytes += old.size_bytes() - kept_bytes;
  }
  return report;
}

}  // namespace ckpt::tensor
