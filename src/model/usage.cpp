#include "ckpt/model/usage.hpp"

#include <algorithm>

#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

struct Span {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
};

Span span_of(const Tensor& tensor, const Storage& storage) {
  const DTypeRow& row = row_of(tensor.dtype);
  if (row.elements_per_byte > 1) return {0, storage.size_bytes()};
  const auto reach = static_cast<std::uint64_t>(reach_elements(tensor.layout));
  if (reach == 0) return {};
  return {static_cast<std::uint64_t>(tensor.layout.offset_elements) * row.size_bytes,
          reach * row.size_bytes};
}

std::uint64_t covered_bytes(std::vector<Span>& spans) {
  std::ranges::sort(spans, {}, &Span::first);
  std::uint64_t covered = 0;
  std::uint64_t end = 0;
  for (const Span& span : spans) {
    if (span.end <= end) continue;
    covered += span.end - std::max(span.first, end);
    end = span.end;
  }
  return covered;
}

}  // namespace

std::vector<StorageUse> storage_uses(const Tree& tree) {
  std::vector<StorageUse> uses(tree.storages().size());
  std::vector<std::vector<Span>> spans(uses.size());
  std::vector<bool> is_seen(tree.size());
  Walk walk(tree, tree.root());
  while (walk.next()) {
    const NodeId node = walk.node();
    if (is_seen[static_cast<std::size_t>(node)]) continue;
    is_seen[static_cast<std::size_t>(node)] = true;
    if (tree.is(node, Kind::storage)) {
      const auto id = static_cast<std::size_t>(tree.storage(node));
      spans[id].push_back({0, tree.storages()[id].size_bytes()});
    }
    if (!tree.is(node, Kind::tensor) || tree.tensor(node).storage == no_storage) continue;
    const Tensor& tensor = tree.tensor(node);
    const auto id = static_cast<std::size_t>(tensor.storage);
    ++uses[id].tensor_count;
    spans[id].push_back(span_of(tensor, tree.storages()[id]));
  }
  for (std::size_t i = 0; i < uses.size(); ++i) uses[i].reached_bytes = covered_bytes(spans[i]);
  return uses;
}

}  // namespace ckpt::model
