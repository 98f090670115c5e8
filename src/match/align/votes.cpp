// One round: posteriors of all pairs are summed per pair of modules (forms, number offsets), the
// sums become agreements between 0 and 1, and every pair is scored by the agreement of its
// surroundings.

#include "match/align/votes.hpp"

#include <algorithm>

namespace ckpt::match {

namespace {

constexpr double least_posterior = 0.02;
constexpr double tiny = 1e-9;
/// Counting backwards is rarer than counting from another start.
constexpr double share_of_sums = 0.8;

/// The sum of the posteriors of the candidates for each pair of modules (or of number lists).
std::vector<double> sum_posteriors(const Candidates& candidates,
                                   const std::vector<std::uint32_t>& group, std::size_t count) {
  std::vector<double> sums(count);
  for (std::size_t i = 0; i < group.size(); ++i) {
    const double posterior = candidates.pairs()[i].posterior;
    if (posterior >= least_posterior) sums[group[i]] += posterior;
  }
  return sums;
}

/// Assigns numbers to the pairs (first, second) of the candidates, and lists the pairs.
template <class Key>
std::vector<std::uint32_t> group_pairs(
    const Candidates& candidates, Key key,
    std::vector<std::pair<std::uint32_t, std::uint32_t>>& groups) {
  PairTable table;
  std::vector<std::uint32_t> group_of_pair;
  for (const Candidate& pair : candidates.pairs()) {
    const auto [a, b] = key(pair);
    group_of_pair.push_back(table.id(a, b));
    if (table.size() > groups.size()) groups.emplace_back(a, b);
  }
  return group_of_pair;
}

}  // namespace

// ---- modules

ModuleVotes::ModuleVotes(const Side& a, const Side& b, const Candidates& candidates)
    : a_(a), b_(b), votes_a_(a.module_name_count), votes_b_(b.module_name_count) {
  module_pair_ = group_pairs(
      candidates,
      [&](const Candidate& pair) {
        return std::pair(a.features[pair.a].module, b.features[pair.b].module);
      },
      modules_);
  PairTable names;
  for (const auto& [module_a, module_b] : modules_) {
    std::vector<Cell>& cells = cells_.emplace_back();
    for (const std::uint32_t x : a.modules[module_a])
      for (const std::uint32_t y : b.modules[module_b]) cells.push_back({names.id(x, y), x, y});
  }
  votes_.resize(names.size());
}

void ModuleVotes::count(const Candidates& candidates) {
  for (std::vector<double>* votes : {&votes_, &votes_a_, &votes_b_}) std::ranges::fill(*votes, 0.0);
  const std::vector<double> sums = sum_posteriors(candidates, module_pair_, modules_.size());
  for (std::size_t i = 0; i < modules_.size(); ++i) {
    if (sums[i] == 0) continue;
    for (const Cell& cell : cells_[i]) votes_[cell.vote] += sums[i];
    for (const std::uint32_t x : a_.modules[modules_[i].first]) votes_a_[x] += sums[i];
    for (const std::uint32_t y : b_.modules[modules_[i].second]) votes_b_[y] += sums[i];
  }
}

double ModuleVotes::jaccard(const Cell& cell) const {
  const double both = votes_[cell.vote];
  return both / std::max(tiny, votes_a_[cell.name_a] + votes_b_[cell.name_b] - both);
}

double ModuleVotes::agreement(std::size_t module_pair) const {
  const std::size_t depth_a = a_.modules[modules_[module_pair].first].size();
  const std::size_t depth_b = b_.modules[modules_[module_pair].second].size();
  if (depth_a == 0 || depth_b == 0) return depth_a == depth_b ? 0.5 : 0.3;
  return mean_of_best(depth_a, depth_b,
                      [&](std::size_t i) { return jaccard(cells_[module_pair][i]); });
}

void ModuleVotes::vote(Candidates& candidates) {
  count(candidates);
  std::vector<double> agreements;
  for (std::size_t i = 0; i < modules_.size(); ++i) agreements.push_back(agreement(i));
  for (std::size_t i = 0; i < module_pair_.size(); ++i)
    candidates.pairs()[i].context = agreements[module_pair_[i]];
}

// ---- forms

FormVotes::FormVotes(const Side& a, const Side& b, const Candidates& candidates)
    : count_a_(a.form_count), count_b_(b.form_count) {
  form_pair_ = group_pairs(
      candidates,
      [&](const Candidate& pair) {
        return std::pair(a.features[pair.a].form, b.features[pair.b].form);
      },
      forms_);
}

void FormVotes::vote(Candidates& candidates) {
  const std::vector<double> votes = sum_posteriors(candidates, form_pair_, forms_.size());
  std::vector<double> votes_a(count_a_), votes_b(count_b_);
  for (std::size_t i = 0; i < forms_.size(); ++i) {
    votes_a[forms_[i].first] += votes[i];
    votes_b[forms_[i].second] += votes[i];
  }
  for (std::size_t i = 0; i < form_pair_.size(); ++i) {
    const std::uint32_t form = form_pair_[i];
    const double any = votes_a[forms_[form].first] + votes_b[forms_[form].second] - votes[form];
    candidates.pairs()[i].form = votes[form] / std::max(tiny, any);
  }
}

// ---- numbers

IndexVotes::IndexVotes(const Side& a, const Side& b, const Candidates& candidates) : a_(a), b_(b) {
  list_pair_ = group_pairs(
      candidates,
      [&](const Candidate& pair) {
        return std::pair(a.features[pair.a].indices, b.features[pair.b].indices);
      },
      lists_);
  PairTable places, differences, sums;
  for (const auto& [list_a, list_b] : lists_) {
    std::vector<Cell>& cells = cells_.emplace_back();
    for (const IndexValue& x : a.index_lists[list_a]) {
      for (const IndexValue& y : b.index_lists[list_b]) {
        const std::uint32_t place = places.id(x.place, y.place);
        cells.push_back({place,
                         differences.id(place, static_cast<std::uint32_t>(x.value - y.value)),
                         sums.id(place, static_cast<std::uint32_t>(x.value + y.value))});
      }
    }
  }
  places_.resize(places.size());
  differences_.resize(differences.size());
  sums_.resize(sums.size());
}

double IndexVotes::share(const Cell& cell) const {
  return std::max(differences_[cell.difference], share_of_sums * sums_[cell.sum]) /
         std::max(tiny, places_[cell.places]);
}

double IndexVotes::agreement(std::size_t list_pair) const {
  const std::size_t count_a = a_.index_lists[lists_[list_pair].first].size();
  const std::size_t count_b = b_.index_lists[lists_[list_pair].second].size();
  if (count_a == 0 || count_b == 0) return count_a == count_b ? 0.6 : 0.4;
  return mean_of_best(count_a, count_b, [&](std::size_t i) { return share(cells_[list_pair][i]); });
}

void IndexVotes::vote(Candidates& candidates) {
  for (std::vector<double>* votes : {&places_, &differences_, &sums_})
    std::ranges::fill(*votes, 0.0);
  const std::vector<double> posteriors = sum_posteriors(candidates, list_pair_, lists_.size());
  for (std::size_t i = 0; i < lists_.size(); ++i) {
    if (posteriors[i] == 0) continue;
    for (const Cell& cell : cells_[i]) {
      places_[cell.places] += posteriors[i];
      differences_[cell.difference] += posteriors[i];
      sums_[cell.sum] += posteriors[i];
    }
  }
  std::vector<double> agreements;
  for (std::size_t i = 0; i < lists_.size(); ++i) agreements.push_back(agreement(i));
  for (std::size_t i = 0; i < list_pair_.size(); ++i)
    candidates.pairs()[i].index = agreements[list_pair_[i]];
}

}  // namespace ckpt::match
