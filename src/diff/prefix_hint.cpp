#include "ckpt/diff/prefix_hint.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace ckpt::diff {

namespace {

std::vector<match::NamedShape> root_tensors(const model::Tree& tree,
                                            const std::vector<Leaf>& leaves) {
  std::vector<match::NamedShape> tensors;
  for (const Leaf& leaf : leaves)
    if (leaf.is_tensor && leaf.area == Area::root)
      tensors.push_back({leaf.name, tree.tensor(leaf.node).layout.shape});
  return tensors;
}

}  // namespace

std::optional<match::PrefixHint> find_prefix_hint(const Side& a, const Side& b,
                                                  const Result& result) {
  return match::find_prefix_hint(root_tensors(a.tree, result.leaves_a),
                                 root_tensors(b.tree, result.leaves_b));
}

bool share_no_name(const Side& a, const Side& b, const Result& result) {
  if (result.tensors.renamed > 0) return false;
  const std::vector<match::NamedShape> of_a = root_tensors(a.tree, result.leaves_a);
  const std::vector<match::NamedShape> of_b = root_tensors(b.tree, result.leaves_b);
  if (of_a.empty() || of_b.empty()) return false;
  std::unordered_set<std::string_view> names;
  for (const match::NamedShape& tensor : of_a) names.insert(tensor.name);
  return std::ranges::none_of(
      of_b, [&](const match::NamedShape& tensor) { return names.contains(tensor.name); });
}

}  // namespace ckpt::diff
