#include "ckpt/match/prefix_hint.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

#include "ckpt/base/text.hpp"
#include "ckpt/match/rename.hpp"

namespace ckpt::match {

namespace {

std::size_t count_matching(const std::vector<NamedShape>& a, const std::vector<NamedShape>& b,
                           const Renaming& renaming) {
  const auto key = [&](const NamedShape& tensor) {
    return concat(renaming.renamed(tensor.name), '\n', shape_text(tensor.shape));
  };
  std::unordered_set<std::string> names;
  for (const NamedShape& tensor : b) names.insert(key(tensor));
  return static_cast<std::size_t>(std::ranges::count_if(
      a, [&](const NamedShape& tensor) { return names.contains(key(tensor)); }));
}

/// The prefixes that make a name longer than another name: "backbone." and "backbone.body." for
/// "backbone.body.conv1.weight".
std::set<std::string> prefixes_of(const std::vector<NamedShape>& longer,
                                  const std::vector<NamedShape>& shorter) {
  constexpr std::size_t most_names = 16;
  std::unordered_set<std::string_view> known;
  for (const NamedShape& tensor : shorter) known.insert(tensor.name);
  std::set<std::string> prefixes;
  for (std::size_t i = 0; i < std::min(most_names, longer.size()); ++i) {
    const std::string_view name = longer[i].name;
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1))
      if (known.contains(name.substr(dot + 1))) prefixes.emplace(name.substr(0, dot + 1));
  }
  return prefixes;
}

std::vector<PrefixHint> candidates(const std::vector<NamedShape>& a,
                                   const std::vector<NamedShape>& b) {
  std::vector<PrefixHint> hints(1);
  for (const std::string& prefix : prefixes_of(a, b)) hints.push_back({Cure::prefix_of_a, prefix});
  for (const std::string& prefix : prefixes_of(b, a)) hints.push_back({Cure::prefix_of_b, prefix});
  return hints;
}

RenameRule rule_of(const PrefixHint& hint) {
  return hint.cure == Cure::strip_wrappers ? RenameRule::strip_wrappers()
                                           : RenameRule::strip_prefix(hint.prefix);
}

}  // namespace

std::optional<PrefixHint> find_prefix_hint(const std::vector<NamedShape>& a,
                                           const std::vector<NamedShape>& b) {
  const std::size_t tensor_count = std::min(a.size(), b.size());
  const std::size_t now = count_matching(a, b, Renaming({}));
  if (now * 2 >= tensor_count) return std::nullopt;
  PrefixHint best;
  for (PrefixHint& hint : candidates(a, b)) {
    hint.matching_count = count_matching(a, b, Renaming({rule_of(hint)}));
    hint.tensor_count = tensor_count;
    if (hint.matching_count > best.matching_count) best = std::move(hint);
  }
  if (best.matching_count <= 2 * now || best.matching_count * 2 < tensor_count) return std::nullopt;
  return best;
}

std::string option_text(const PrefixHint& hint) { return rule_of(hint).text(); }

}  // namespace ckpt::match
