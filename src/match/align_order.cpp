// A chain of pairs, each behind the one before in both files. Pairs come in the order of A; the best
// chain that ends before a place of B is asked of a Fenwick tree of maxima: O(pairs * log keys).
#include "match/align_order.hpp"

#include <algorithm>
#include <cmath>

namespace ckpt::match {

namespace {

constexpr double base_of_likeness = 0.35;
constexpr std::uint32_t no_pair = static_cast<std::uint32_t>(-1);

/// The best chain that ends with a pair, and that pair.
struct Chain {
  double sum = 0;
  std::uint32_t last = no_pair;
  std::uint32_t end_b = 0;

  /// Of equal chains the one that ends first leaves most room.
  bool is_better(const Chain& other) const {
    return sum != other.sum ? sum > other.sum : last != no_pair && end_b < other.end_b;
  }
};

class BestChains {
 public:
  explicit BestChains(std::size_t size) : best_(size + 1) {}

  /// Of those that end before `place`.
  Chain before(std::size_t place) const {
    Chain best;
    for (; place > 0; place &= place - 1)
      if (best.last == no_pair || best_[place].is_better(best))
        if (best_[place].last != no_pair) best = best_[place];
    return best;
  }

  void add(const Chain& chain) {
    for (std::size_t place = chain.end_b + std::size_t{1}; place < best_.size();
         place += place & (~place + 1))
      if (best_[place].last == no_pair || chain.is_better(best_[place])) best_[place] = chain;
  }

 private:
  std::vector<Chain> best_;
};

/// Marks the pairs of the best chain and returns how many they are.
std::size_t mark_best_chain(Candidates& candidates) {
  std::vector<Candidate>& pairs = candidates.pairs();
  std::vector<std::uint32_t> before(pairs.size(), no_pair);
  BestChains chains(candidates.count_b());
  for (std::size_t a = 0; a < candidates.count_a(); ++a) {
    std::vector<Chain> ends;
    for (const std::uint32_t i : candidates.of_a(a)) {
      const Chain best = chains.before(pairs[i].b);
      before[i] = best.last;
      const double likeness = base_of_likeness + pairs[i].name * shape_score(pairs[i].relation);
      ends.push_back({best.sum + likeness, i, pairs[i].b});
    }
    for (const Chain& chain : ends) chains.add(chain);
  }
  std::size_t length = 0;
  for (std::uint32_t i = chains.before(candidates.count_b()).last; i != no_pair; i = before[i]) {
    pairs[i].is_aligned = true;
    ++length;
  }
  return length;
}

}  // namespace

void score_alignment(Candidates& candidates) {
  std::vector<double> best_a(candidates.count_a()), best_b(candidates.count_b());
  for (const Candidate& pair : candidates.pairs()) {
    best_a[pair.a] = std::max(best_a[pair.a], pair.name);
    best_b[pair.b] = std::max(best_b[pair.b], pair.name);
  }
  const std::size_t shorter = std::min(candidates.count_a(), candidates.count_b());
  const double coverage = static_cast<double>(mark_best_chain(candidates)) /
                          static_cast<double>(std::max<std::size_t>(1, shorter));
  for (Candidate& pair : candidates.pairs()) {
    if (!pair.is_aligned) continue;
    // Worth less where a name prefers another.
    const double preference =
        (pair.name + 0.02) / (std::sqrt(best_a[pair.a] * best_b[pair.b]) + 0.02);
    pair.alignment = coverage * preference * preference;
  }
}

}  // namespace ckpt::match
