// Finds the best chain of pairs, each behind the previous one in both files. Pairs are processed in
// the order of A; a Fenwick tree of maxima gives the best chain that ends before a position of B:
// O(pairs * log keys).
//
// Often several chains are equally good and contradict each other. Both the best chain that ends
// with a pair and the best chain that begins with it are computed: a pair lies on some best chain
// when the two together are as good as the best chain, and on all best chains when no rival does
// too.
#include "match/align/order.hpp"

#include <algorithm>
#include <cmath>

namespace ckpt::match {

namespace {

constexpr double base_of_likeness = 0.35;
constexpr double weight_of_anchor = 6;
constexpr double tiny = 1e-6;

/// What a pair adds to a chain. A pair whose units have no other candidate is an anchor and adds
/// much: several pairs that shapes cannot decide must not lead the chain around it.
class Likeness {
 public:
  explicit Likeness(const Candidates& candidates) : candidates_(candidates) {}

  double operator()(std::uint32_t i) const {
    const Candidate& pair = candidates_.pairs()[i];
    const bool is_anchor =
        candidates_.of_a(pair.a).size() == 1 && candidates_.of_b(pair.b).size() == 1;
    const double likeness = base_of_likeness + pair.plain_name * shape_score(pair.relation);
    return is_anchor ? weight_of_anchor * likeness : likeness;
  }

 private:
  const Candidates& candidates_;
};

/// The best sums in front of each position.
class BestSums {
 public:
  explicit BestSums(std::size_t size) : best_(size + 1) {}

  double before(std::size_t place) const {
    double best = 0;
    for (; place > 0; place &= place - 1) best = std::max(best, best_[place]);
    return best;
  }

  void add(std::size_t place, double sum) {
    for (++place; place < best_.size(); place += place & (~place + 1))
      best_[place] = std::max(best_[place], sum);
  }

 private:
  std::vector<double> best_;
};

enum class Direction { forwards, backwards };

/// For each pair, the sum of the best chain that ends with it.
std::vector<double> chain_sums(const Candidates& candidates, Direction direction) {
  const std::vector<Candidate>& pairs = candidates.pairs();
  const std::size_t count_a = candidates.count_a(), count_b = candidates.count_b();
  std::vector<double> sums(pairs.size());
  BestSums best(count_b);
  const Likeness likeness(candidates);
  for (std::size_t step = 0; step < count_a; ++step) {
    const bool is_forwards = direction == Direction::forwards;
    const auto of_a = candidates.of_a(is_forwards ? step : count_a - 1 - step);
    const auto place = [&](std::uint32_t i) {
      return is_forwards ? pairs[i].b : count_b - 1 - pairs[i].b;
    };
    for (const std::uint32_t i : of_a) sums[i] = best.before(place(i)) + likeness(i);
    for (const std::uint32_t i : of_a) best.add(place(i), sums[i]);
  }
  return sums;
}

std::vector<bool> find_on_best_chain(const Candidates& candidates) {
  const std::vector<double> to = chain_sums(candidates, Direction::forwards);
  const std::vector<double> from = chain_sums(candidates, Direction::backwards);
  const double best = to.empty() ? 0 : *std::ranges::max_element(to);
  const Likeness likeness(candidates);
  std::vector<bool> is_on(to.size());
  for (std::uint32_t i = 0; i < to.size(); ++i)
    is_on[i] = to[i] + from[i] - likeness(i) >= best - tiny;
  return is_on;
}

}  // namespace

void score_alignment(Candidates& candidates) {
  const std::vector<bool> is_on = find_on_best_chain(candidates);
  std::vector<double> best_a(candidates.count_a()), best_b(candidates.count_b());
  std::vector<double> on_a(candidates.count_a()), on_b(candidates.count_b());
  double length = 0;
  for (std::size_t i = 0; i < is_on.size(); ++i) {
    const Candidate& pair = candidates.pairs()[i];
    best_a[pair.a] = std::max(best_a[pair.a], pair.name);
    best_b[pair.b] = std::max(best_b[pair.b], pair.name);
    if (!is_on[i]) continue;
    if (on_a[pair.a]++ == 0) ++length;
    ++on_b[pair.b];
  }
  const std::size_t shorter = std::min(candidates.count_a(), candidates.count_b());
  const double coverage =
      std::min(1.0, length / static_cast<double>(std::max<std::size_t>(1, shorter)));
  for (std::size_t i = 0; i < is_on.size(); ++i) {
    Candidate& pair = candidates.pairs()[i];
    if (!is_on[i]) continue;
    const double rivals = std::max(on_a[pair.a], on_b[pair.b]);
    pair.is_aligned = rivals == 1;
    // Reduced when a name prefers another partner.
    const double preference =
        (pair.name + 0.02) / (std::sqrt(best_a[pair.a] * best_b[pair.b]) + 0.02);
    pair.alignment = coverage * preference * preference / rivals;
  }
}

}  // namespace ckpt::match
