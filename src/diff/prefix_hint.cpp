#include "ckpt/diff/prefix_hint.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rename.hpp"

namespace ckpt::diff {

namespace {

struct NamedShape {
  std::string name;
  std::string shape;
};

std::vector<NamedShape> root_tensors(const model::Tree& tree, const std::vector<Leaf>& leaves) {
  std::vector<NamedShape> tensors;
  for (const Leaf& leaf : leaves)
    if (leaf.is_tensor && leaf.area == Area::root)
      tensors.push_back({leaf.name, shape_text(tree.tensor(leaf.node).layout.shape)});
  return tensors;
}

std::size_t count_matching(const std::vector<NamedShape>& a, const std::vector<NamedShape>& b,
                           const match::Renaming& renaming) {
  std::unordered_set<std::string> names;
  for (const NamedShape& tensor : b)
    names.insert(concat(renaming.renamed(tensor.name), '\n', tensor.shape));
  return static_cast<std::size_t>(std::ranges::count_if(a, [&](const NamedShape& tensor) {
    return names.contains(concat(renaming.renamed(tensor.name), '\n', tensor.shape));
  }));
}

/// "backbone.", "backbone.body." of "backbone.body.conv1.weight": what a name is longer by than
/// another of equal shape that it ends with.
std::set<std::string> prefixes_of(const std::vector<NamedShape>& longer,
                                  const std::vector<NamedShape>& shorter) {
  constexpr std::size_t most_names = 16;
  std::set<std::string> prefixes;
  for (std::size_t i = 0; i < std::min(most_names, longer.size()); ++i) {
    const std::string_view name = longer[i].name;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
      const std::string_view rest = name.substr(dot + 1);
      const bool is_known = std::ranges::any_of(
          shorter, [&](const NamedShape& tensor) { return tensor.name == rest; });
      if (is_known) prefixes.emplace(name.substr(0, dot + 1));
    }
  }
  return prefixes;
}

}  // namespace

std::optional<PrefixHint> find_prefix_hint(const Side& a, const Side& b, const Result& result) {
  const std::vector<NamedShape> tensors_a = root_tensors(a.tree, result.leaves_a);
  const std::vector<NamedShape> tensors_b = root_tensors(b.tree, result.leaves_b);
  const std::size_t tensor_count = std::min(tensors_a.size(), tensors_b.size());
  const std::size_t now = count_matching(tensors_a, tensors_b, match::Renaming({}));
  if (now * 2 >= tensor_count) return std::nullopt;

  std::vector<match::RenameRule> rules{match::RenameRule::strip_wrappers()};
  std::set<std::string> prefixes = prefixes_of(tensors_a, tensors_b);
  prefixes.merge(prefixes_of(tensors_b, tensors_a));
  for (const std::string& prefix : prefixes)
    rules.push_back(match::RenameRule::strip_prefix(prefix));

  PrefixHint best;
  best.tensor_count = tensor_count;
  for (const match::RenameRule& rule : rules) {
    const std::size_t matching = count_matching(tensors_a, tensors_b, match::Renaming({rule}));
    if (matching <= best.matching_count) continue;
    best.option = rule.text();
    best.matching_count = matching;
  }
  if (best.matching_count <= 2 * now || best.matching_count * 2 < tensor_count) return std::nullopt;
  return best;
}

}  // namespace ckpt::diff
