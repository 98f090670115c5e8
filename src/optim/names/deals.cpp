// Dynamic programming over the candidates in order: the number of ways to reach each state from the
// front and from the back gives the total, and for each id the candidates of at least one deal.

#include "optim/names/deals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace ckpt::optim {

namespace {

constexpr std::size_t most_states_a_layer = 200'000;
constexpr std::size_t most_states = 2'000'000;
constexpr std::size_t most_names_by_shape = 1'000'000;
constexpr std::uint64_t most_count = std::numeric_limits<std::uint64_t>::max();

/// How many ids of each group are assigned, as a mixed-radix number.
using State = std::uint64_t;

struct Reached {
  State state = 0;
  std::uint64_t count = 0;
  double magnitude = 0;  // the count as a double
};
using Layer = std::vector<Reached>;  // ascending, each state once

void add(Reached& reached, const Reached& more) {
  reached.count = reached.count > most_count - more.count ? most_count : reached.count + more.count;
  reached.magnitude += more.magnitude;
}

class Dealer {
 public:
  explicit Dealer(const Problem& problem) : problem_(problem), id_count_(problem.id_count()) {
    State weight = 1;
    std::size_t first_id = 0;
    for (const std::vector<int>& group : problem.groups) {
      weight_.push_back(weight);
      first_id_.push_back(first_id);
      end_ += weight * group.size();
      weight *= group.size() + 1;
      first_id += group.size();
    }
    may_skip_ = problem.candidates.size() != id_count_;
  }

  std::optional<Deals> run() {
    if (problem_.candidates.size() < id_count_) return Deals{};
    if (!go_forward()) return std::nullopt;
    const Layer& last = layers_.back();
    if (last.empty()) return Deals{};
    Deals deals{.count = last.front().count,
                .count_bits = std::log2(last.front().magnitude),
                .can_be = std::vector<Indices>(id_count_)};
    go_back(deals);
    return deals;
  }

 private:
  std::size_t taken(State state, std::size_t group) const {
    return static_cast<std::size_t>(state / weight_[group] % (problem_.groups[group].size() + 1));
  }
  std::size_t taken_in_all(State state) const {
    std::size_t sum = 0;
    for (std::size_t g = 0; g < weight_.size(); ++g) sum += taken(state, g);
    return sum;
  }
  bool can_take(State state, std::size_t group, Index candidate) const {
    const int said = problem_.group_of[candidate];
    if (said != any_group && said != static_cast<int>(group)) return false;
    const std::size_t next = taken(state, group);
    return next < problem_.groups[group].size() &&
           problem_.fits(candidate, problem_.groups[group][next]);
  }

  bool go_forward() {
    layers_.push_back({{.state = 0, .count = 1, .magnitude = 1}});
    std::size_t states = 1;
    for (Index candidate = 0; candidate < problem_.candidates.size(); ++candidate) {
      layers_.push_back(after(layers_.back(), candidate));
      states += layers_.back().size();
      if (layers_.back().size() > most_states_a_layer || states > most_states) return false;
    }
    return true;
  }

  Layer after(const Layer& before, Index candidate) const {
    Layer reached;
    const std::size_t candidates_left = problem_.candidates.size() - candidate - 1;
    for (const Reached& from : before) {
      const std::size_t ids_left = id_count_ - taken_in_all(from.state);
      if (may_skip_ && ids_left <= candidates_left) reached.push_back(from);
      for (std::size_t g = 0; g < weight_.size(); ++g)
        if (can_take(from.state, g, candidate))
          reached.push_back({from.state + weight_[g], from.count, from.magnitude});
    }
    return merged(std::move(reached));
  }

  static Layer merged(Layer reached) {
    std::ranges::sort(reached, {}, &Reached::state);
    Layer layer;
    for (const Reached& one : reached) {
      if (!layer.empty() && layer.back().state == one.state)
        add(layer.back(), one);
      else
        layer.push_back(one);
    }
    return layer;
  }

  void go_back(Deals& deals) const {
    std::vector<State> alive{end_};
    for (std::size_t i = problem_.candidates.size(); i-- > 0;) {
      const Index candidate = static_cast<Index>(i);
      std::vector<State> before;
      for (const Reached& from : layers_[i])
        if (leads_on(from.state, candidate, alive, deals)) before.push_back(from.state);
      alive = std::move(before);
    }
    for (Indices& names : deals.can_be) {
      std::ranges::sort(names);
      names.erase(std::unique(names.begin(), names.end()), names.end());
    }
  }

  bool leads_on(State state, Index candidate, const std::vector<State>& alive, Deals& deals) const {
    bool leads = may_skip_ && std::ranges::binary_search(alive, state);
    for (std::size_t g = 0; g < weight_.size(); ++g) {
      if (!can_take(state, g, candidate)) continue;
      if (!std::ranges::binary_search(alive, state + weight_[g])) continue;
      leads = true;
      Indices& names = deals.can_be[first_id_[g] + taken(state, g)];
      if (names.empty() || names.back() != candidate) names.push_back(candidate);
    }
    return leads;
  }

  const Problem& problem_;
  std::size_t id_count_;
  bool may_skip_ = false;
  State end_ = 0;
  std::vector<State> weight_;          // of one id of each group
  std::vector<std::size_t> first_id_;  // of each group
  std::vector<Layer> layers_;
};

bool is_countable(const Problem& problem) {
  if (problem.groups.size() > most_groups_to_deal) return false;
  double product = 1;
  for (const std::vector<int>& group : problem.groups)
    product *= static_cast<double>(group.size()) + 1;
  return product < 1e18;
}

/// Candidates by group (if the user assigned one) and shape; any_shape has all candidates of the
/// group.
using ByShape = std::map<std::pair<int, int>, Indices>;

ByShape candidates_by_shape(const Problem& problem) {
  ByShape by_shape;
  for (Index i = 0; i < problem.candidates.size(); ++i) {
    by_shape[{problem.group_of[i], problem.shape_of[i]}].push_back(i);
    by_shape[{problem.group_of[i], any_shape}].push_back(i);
  }
  return by_shape;
}

bool has_enough_of_each_shape(const Problem& problem) {
  std::map<int, std::ptrdiff_t> left;
  for (const int shape : problem.shape_of) ++left[shape];
  for (const int wanted : problem.flat())
    if (wanted != any_shape && --left[wanted] < 0) return false;
  return problem.candidates.size() >= problem.id_count();
}

}  // namespace

std::vector<Indices> names_by_shape(const Problem& problem) {
  if (!has_enough_of_each_shape(problem)) return {};
  const ByShape by_shape = candidates_by_shape(problem);
  std::vector<Indices> names;
  std::size_t count = 0;
  const bool is_said = std::ranges::any_of(problem.group_of, [](int g) { return g != any_group; });
  for (std::size_t g = 0; g < problem.groups.size(); ++g)
    for (const int wanted : problem.groups[g]) {
      const auto found = by_shape.find({is_said ? static_cast<int>(g) : any_group, wanted});
      if (found == by_shape.end()) return {};
      count += found->second.size();
      if (count > most_names_by_shape) return {};
      names.push_back(found->second);
    }
  return names;
}

std::optional<Deals> count_deals(const Problem& problem) {
  if (!is_countable(problem)) return std::nullopt;
  return Dealer(problem).run();
}

}  // namespace ckpt::optim
