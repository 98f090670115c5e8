// The content of a module is the number of its tensors per shape and kind. Two modules are compared
// by the overlap of these numbers.

#include "match/align/structure.hpp"

#include <algorithm>
#include <map>

#include "match/align/votes.hpp"

namespace ckpt::match {

namespace {

using Block = std::vector<std::int64_t>;

/// Two modules with exactly equal content are rare and say much more than similar ones.
constexpr double weight_of_unequal = 0.3;

/// Counts how many tensors of each block a module holds; sorted by block.
using Contents = std::vector<std::pair<std::uint32_t, double>>;

class BlockNumbers {
 public:
  std::uint32_t number(const UnitFeatures& features) {
    const auto next = static_cast<std::uint32_t>(numbers_.size());
    return numbers_.try_emplace({features.kind, features.block}, next).first->second;
  }

 private:
  std::map<std::pair<ParameterKind, Block>, std::uint32_t> numbers_;
};

/// Indexed by the name of the module.
std::vector<Contents> contents_of(const Side& side, BlockNumbers& blocks) {
  std::vector<std::map<std::uint32_t, double>> counts(side.module_name_count);
  for (const UnitFeatures& features : side.features)
    for (const std::uint32_t name : side.modules[features.module])
      counts[name][blocks.number(features)] += 1;
  std::vector<Contents> contents;
  for (const auto& of_module : counts) contents.emplace_back(of_module.begin(), of_module.end());
  return contents;
}

/// The size of the intersection of both contents divided by the size of their union.
double likeness(const Contents& a, const Contents& b) {
  double common = 0, all = 0;
  auto i = a.begin();
  auto j = b.begin();
  while (i != a.end() || j != b.end()) {
    if (j == b.end() || (i != a.end() && i->first < j->first)) {
      all += i++->second;
    } else if (i == a.end() || j->first < i->first) {
      all += j++->second;
    } else {
      common += std::min(i->second, j->second);
      all += std::max(i++->second, j++->second);
    }
  }
  const double share = all > 0 ? common / all : 0;
  return share == 1 ? 1 : weight_of_unequal * share;
}

}  // namespace

void score_structure(const Side& a, const Side& b, Candidates& candidates) {
  BlockNumbers blocks;
  const std::vector<Contents> contents_a = contents_of(a, blocks);
  const std::vector<Contents> contents_b = contents_of(b, blocks);
  PairTable names;
  std::vector<double> likenesses;
  const auto likeness_of = [&](std::uint32_t x, std::uint32_t y) {
    const std::uint32_t id = names.id(x, y);
    if (id == likenesses.size()) likenesses.push_back(likeness(contents_a[x], contents_b[y]));
    return likenesses[id];
  };
  PairTable modules;
  std::vector<double> scores;
  for (Candidate& pair : candidates.pairs()) {
    const std::uint32_t module_a = a.features[pair.a].module, module_b = b.features[pair.b].module;
    const std::uint32_t id = modules.id(module_a, module_b);
    if (id == scores.size()) {
      const auto& chain_a = a.modules[module_a];
      const auto& chain_b = b.modules[module_b];
      const std::size_t columns = chain_b.size();
      scores.push_back(chain_a.empty() || columns == 0
                           ? 0.5
                           : mean_of_best(chain_a.size(), columns, [&](std::size_t i) {
                               return likeness_of(chain_a[i / columns], chain_b[i % columns]);
                             }));
    }
    pair.structure = scores[id];
  }
}

}  // namespace ckpt::match
