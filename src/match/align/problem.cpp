// Scores combine all cues with fixed weights. Votes need posteriors and posteriors need scores, so
// both are computed in rounds.

#include "match/align/problem.hpp"

#include <algorithm>
#include <cmath>

#include "match/align/assign.hpp"
#include "match/align/grade.hpp"
#include "match/align/order.hpp"
#include "match/align/structure.hpp"
#include "match/align/votes.hpp"

namespace ckpt::match {

namespace {

// The weight of each cue, tuned on conversions whose correct pairs are known.
constexpr double weight_of_name = 1.0;
constexpr double weight_of_position = 0.5;
constexpr double weight_of_shape = 0.3;
constexpr double weight_of_context = 1.2;
constexpr double weight_of_index = 1.0;
constexpr double weight_of_alignment = 0.6;
constexpr double weight_of_form = 0.5;
constexpr double weight_of_structure = 1.5;

constexpr int rounds_of_votes = 4;
constexpr double sharpness = 8;
constexpr std::size_t most_alternatives = 3;

void score(Candidates& candidates) {
  for (Candidate& pair : candidates.pairs())
    pair.score = weight_of_name * pair.name + weight_of_position * pair.position +
                 weight_of_shape * shape_score(pair.relation) + weight_of_context * pair.context +
                 weight_of_index * pair.index + weight_of_alignment * pair.alignment +
                 weight_of_structure * pair.structure + weight_of_form * pair.form;
}

/// The posterior of a pair: the geometric mean of its probability among the candidates of its A and
/// among those of its B.
void spread_posteriors(Candidates& candidates) {
  double best = 0;
  for (const Candidate& pair : candidates.pairs()) best = std::max(best, pair.score);
  std::vector<double> sum_a(candidates.count_a()), sum_b(candidates.count_b());
  for (Candidate& pair : candidates.pairs()) {
    pair.posterior = std::exp(sharpness * (pair.score - best));
    sum_a[pair.a] += pair.posterior;
    sum_b[pair.b] += pair.posterior;
  }
  for (Candidate& pair : candidates.pairs())
    pair.posterior = std::sqrt(pair.posterior / sum_a[pair.a] * (pair.posterior / sum_b[pair.b]));
}

}  // namespace

std::vector<UnitPair> solve(const Side& a, const Side& b, const Vocabularies& vocabularies,
                            std::span<const AlignHint> hints) {
  Candidates candidates = find_candidates(a, b, vocabularies.words, hints);
  score_alignment(candidates);
  score_structure(a, b, candidates);
  ModuleVotes modules(a, b, candidates);
  FormVotes forms(a, b, candidates);
  IndexVotes numbers(a, b, candidates);
  for (int round = 0; round < rounds_of_votes; ++round) {
    score(candidates);
    spread_posteriors(candidates);
    modules.vote(candidates);
    forms.vote(candidates);
    numbers.vote(candidates);
  }
  score(candidates);
  const std::vector<std::uint32_t> chosen = assign(candidates);
  const std::vector<Grade> grades = grades_of(a, b, candidates, chosen);
  std::vector<UnitPair> pairs;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Candidate& pair = candidates.pairs()[chosen[i]];
    pairs.push_back({pair.a, pair.b, pair.relation, grades[i],
                     alternatives_of(candidates, chosen[i], most_alternatives)});
  }
  return pairs;
}

}  // namespace ckpt::match
