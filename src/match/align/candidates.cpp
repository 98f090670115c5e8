// Blocks: only units with equal squeezed shape and kind can be paired. In large blocks only
// neighbours by rank and equal names are scored, so that the work grows linearly with the keys.

#include "match/align/candidates.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "match/align/hints.hpp"
#include "match/align/names.hpp"

namespace ckpt::match {

namespace {

using Block = std::vector<std::int64_t>;

constexpr double weight_of_numbers = 0.15;

using Blocks = std::map<Block, std::vector<std::uint32_t>>;

Blocks blocks_of(const Side& side) {
  Blocks blocks;
  for (std::size_t i = 0; i < side.size(); ++i)
    blocks[side.features[i].block].push_back(static_cast<std::uint32_t>(i));
  return blocks;
}

/// How many pairs a block may contribute. No limit while all blocks together are small enough; else
/// a limit with which the number of pairs grows linearly with the number of keys.
std::size_t most_pairs_of_block(const Blocks& a, const Blocks& b) {
  constexpr std::size_t most_pairs = 1'000'000, most_pairs_of_one = 2'500;
  std::size_t pairs = 0;
  for (const auto& [block, members] : a)
    if (const auto found = b.find(block); found != b.end())
      pairs += members.size() * found->second.size();
  return pairs <= most_pairs ? pairs : most_pairs_of_one;
}

bool may_be_same(const UnitFeatures& a, const UnitFeatures& b) {
  if (!may_pair(a.kind, b.kind) || a.is_number_like != b.is_number_like) return false;
  return !a.content || !b.content || *a.content == *b.content;
}

/// Which members of a block are compared. In a block that is too large for all pairs, units of
/// similar rank and units of the same name.
class Neighbours {
 public:
  Neighbours(const Side& a, const std::vector<std::uint32_t>& of_a, const Side& b,
             const std::vector<std::uint32_t>& of_b, std::size_t most_pairs)
      : a_(a), of_a_(of_a), of_b_(of_b) {
    if (of_a.size() * of_b.size() <= most_pairs) return;
    for (const std::uint32_t j : of_b) by_name_[b.units[j].name] = j;
  }

  std::vector<std::uint32_t> of(std::size_t rank) const {
    if (by_name_.empty()) return of_b_;
    const std::size_t middle = rank * of_b_.size() / of_a_.size();
    const std::size_t first = middle - std::min(middle, reach);
    const std::size_t last = std::min(of_b_.size(), middle + reach);
    std::vector<std::uint32_t> near(of_b_.begin() + static_cast<std::ptrdiff_t>(first),
                                    of_b_.begin() + static_cast<std::ptrdiff_t>(last));
    const auto same = by_name_.find(a_.units[of_a_[rank]].name);
    if (same != by_name_.end() && std::ranges::find(near, same->second) == near.end())
      near.push_back(same->second);
    return near;
  }

 private:
  static constexpr std::size_t reach = 12;

  const Side& a_;
  const std::vector<std::uint32_t>& of_a_;
  const std::vector<std::uint32_t>& of_b_;
  std::unordered_map<std::string_view, std::uint32_t> by_name_;
};

/// The position, 0 to 1, of each unit among those of its kind and block.
std::vector<double> ranks(const Side& side) {
  std::map<std::pair<ParameterKind, Block>, std::vector<std::size_t>> classes;
  for (std::size_t i = 0; i < side.size(); ++i)
    classes[{side.features[i].kind, side.features[i].block}].push_back(i);
  std::vector<double> rank(side.size(), 0.5);
  for (const auto& [name, members] : classes)
    for (std::size_t i = 0; members.size() > 1 && i < members.size(); ++i)
      rank[members[i]] = static_cast<double>(i) / static_cast<double>(members.size() - 1);
  return rank;
}

double place_in_file(std::size_t position, std::size_t count) {
  return static_cast<double>(position) / static_cast<double>(std::max<std::size_t>(1, count - 1));
}

void score_positions(std::vector<Candidate>& pairs, const Side& a, const Side& b) {
  const std::vector<double> ranks_a = ranks(a), ranks_b = ranks(b);
  for (Candidate& pair : pairs)
    pair.position =
        1 - 0.5 * std::abs(ranks_a[pair.a] - ranks_b[pair.b]) -
        0.5 * std::abs(place_in_file(pair.a, a.size()) - place_in_file(pair.b, b.size()));
}

}  // namespace

double shape_score(ShapeRelation relation) {
  switch (relation) {
    case ShapeRelation::same:
      return 1.0;
    case ShapeRelation::reshaped:
      return 0.9;
    case ShapeRelation::transposed:
      return 0.8;
  }
  return 0;
}

Candidates::Candidates(std::vector<Candidate> pairs, std::size_t count_a, std::size_t count_b)
    : pairs_(std::move(pairs)),
      order_a_(pairs_.size()),
      first_a_(count_a + 1),
      order_b_(pairs_.size()),
      first_b_(count_b + 1) {
  std::ranges::sort(pairs_, {}, [](const Candidate& pair) { return std::pair(pair.a, pair.b); });
  for (const Candidate& pair : pairs_) {
    ++first_a_[pair.a + 1];
    ++first_b_[pair.b + 1];
  }
  for (std::size_t i = 0; i < count_a; ++i) first_a_[i + 1] += first_a_[i];
  for (std::size_t i = 0; i < count_b; ++i) first_b_[i + 1] += first_b_[i];
  std::vector<std::uint32_t> next = first_b_;
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
    order_a_[i] = i;
    order_b_[next[pairs_[i].b]++] = i;
  }
}

std::optional<ShapeRelation> find_relation(const AlignUnit& a, const AlignUnit& b) {
  if (a.shape == b.shape) return ShapeRelation::same;
  if (squeezed(a.shape) == squeezed(b.shape)) return ShapeRelation::reshaped;
  if (a.shape.size() == 2 && b.shape.size() == 2 && a.shape[0] == b.shape[1] &&
      a.shape[1] == b.shape[0])
    return ShapeRelation::transposed;
  return std::nullopt;
}

Candidates find_candidates(const Side& a, const Side& b, const Vocabulary& words,
                           std::span<const AlignHint> hints) {
  const NameLikeness names(a, b, words, weight_of_numbers);
  const NameLikeness plain_names(a, b, words, 0);
  const HintFilter filter(hints, a, b);
  const Blocks blocks_a = blocks_of(a), blocks_b = blocks_of(b);
  const std::size_t most_pairs = most_pairs_of_block(blocks_a, blocks_b);
  std::vector<Candidate> pairs;
  for (const auto& [block, members] : blocks_a) {
    const auto found = blocks_b.find(block);
    if (found == blocks_b.end()) continue;
    const Neighbours neighbours(a, members, b, found->second, most_pairs);
    for (std::size_t rank = 0; rank < members.size(); ++rank) {
      const std::uint32_t i = members[rank];
      for (const std::uint32_t j : neighbours.of(rank)) {
        const UnitFeatures& of_i = a.features[i];
        const UnitFeatures& of_j = b.features[j];
        const auto relation = find_relation(a.units[i].unit, b.units[j].unit);
        if (relation && may_be_same(of_i, of_j) && filter.allows(i, j))
          pairs.push_back({.a = i,
                           .b = j,
                           .relation = *relation,
                           .name = names.of(i, j),
                           .plain_name = plain_names.of(i, j),
                           .shares_word = plain_names.shares_word(i, j),
                           .has_equal_content = of_i.content && of_j.content});
      }
    }
  }
  score_positions(pairs, a, b);
  return Candidates(std::move(pairs), a.size(), b.size());
}

}  // namespace ckpt::match
