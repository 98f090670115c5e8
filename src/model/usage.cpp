#include "ckpt/model/usage.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "ckpt/model/coverage.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

StorageView whole(const Storage& storage) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return {{{static_cast<std::int64_t>(std::min(storage.size_bytes(), most))}, {1}, 0}, 1};
}

StorageView view_of(const Tensor& tensor, const Storage& storage) {
  const DTypeRow& row = row_of(tensor.dtype);
  if (row.elements_per_byte > 1) return whole(storage);
  return {tensor.layout, static_cast<std::uint32_t>(row.size_bytes)};
}

}  // namespace

std::vector<StorageUse> storage_uses(const Tree& tree) {
  std::vector<StorageUse> uses(tree.storages().size());
  std::vector<std::vector<StorageView>> views(uses.size());
  std::vector<bool> is_seen(tree.size());
  Walk walk(tree, tree.root());
  while (walk.next()) {
    const NodeId node = walk.node();
    if (is_seen[static_cast<std::size_t>(node)]) {
      walk.skip_children();
      continue;
    }
    is_seen[static_cast<std::size_t>(node)] = true;
    if (tree.is(node, Kind::storage)) {
      const auto id = static_cast<std::size_t>(tree.storage(node));
      views[id].push_back(whole(tree.storages()[id]));
    }
    if (!tree.is(node, Kind::tensor) || tree.tensor(node).storage == no_storage) continue;
    const Tensor& tensor = tree.tensor(node);
    const auto id = static_cast<std::size_t>(tensor.storage);
    ++uses[id].tensor_count;
    views[id].push_back(view_of(tensor, tree.storages()[id]));
  }
  for (std::size_t i = 0; i < uses.size(); ++i)
    uses[i].reached_bytes = covered_bytes(std::move(views[i]));
  return uses;
}

}  // namespace ckpt::model
