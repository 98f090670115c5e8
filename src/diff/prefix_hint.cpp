#include "ckpt/diff/prefix_hint.hpp"

#include <algorithm>
#include <unordered_set>

namespace ckpt::diff {

namespace {

bool is_root_tensor(const Leaf& leaf) { return leaf.is_tensor && leaf.area == Area::root; }

/// Empty when the names together are longer than those of any real model.
std::vector<match::NamedShape> root_tensors(const Side& side, const std::vector<Leaf>& leaves) {
  constexpr std::size_t most_bytes = std::size_t{16} << 20;
  std::vector<match::NamedShape> tensors;
  std::size_t size_bytes = 0;
  for (const Leaf& leaf : leaves) {
    if (!is_root_tensor(leaf)) continue;
    size_bytes += side.names.size_bytes(leaf.name);
    if (size_bytes > most_bytes) return {};
    tensors.push_back({side.names.text(leaf.name), side.tree.tensor(leaf.node).layout.shape});
  }
  return tensors;
}

}  // namespace

std::optional<match::PrefixHint> find_prefix_hint(const Side& a, const Side& b,
                                                  const Result& result) {
  return match::find_prefix_hint(root_tensors(a, result.leaves_a),
                                 root_tensors(b, result.leaves_b));
}

bool share_no_name(const Result& result) {
  if (result.tensors.renamed > 0) return false;
  std::unordered_set<NameId> names;
  for (const Leaf& leaf : result.leaves_a)
    if (is_root_tensor(leaf)) names.insert(leaf.name);
  const auto is_in_both = [&](const Leaf& leaf) {
    return is_root_tensor(leaf) && names.contains(leaf.name);
  };
  return !names.empty() && std::ranges::any_of(result.leaves_b, is_root_tensor) &&
         std::ranges::none_of(result.leaves_b, is_in_both);
}

}  // namespace ckpt::diff
