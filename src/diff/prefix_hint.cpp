#include "ckpt/diff/prefix_hint.hpp"

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

}  // namespace ckpt::diff
