#include "match/align_grade.hpp"

#include <algorithm>

namespace ckpt::match {

namespace {

/// Likenesses closer than this are equal.
constexpr double margin = 0.02;
constexpr double tiny = 1e-9;

/// The best that rivals of a pair, which want one of its ends, have to offer.
struct Rivals {
  bool exist = false;
  double name = -1;
  double surroundings = -1;

  void add(const Candidate& pair) {
    exist = true;
    name = std::max(name, pair.name);
    surroundings = std::max(surroundings, pair.surroundings());
  }
};

Rivals rivals_of(const Candidates& candidates, std::uint32_t chosen) {
  const Candidate& pair = candidates.pairs()[chosen];
  Rivals rivals;
  for (const auto ends : {candidates.of_a(pair.a), candidates.of_b(pair.b)})
    for (const std::uint32_t i : ends)
      if (i != chosen) rivals.add(candidates.pairs()[i]);
  return rivals;
}

}  // namespace

Grade grade_of(const Candidates& candidates, std::uint32_t chosen) {
  const Candidate& pair = candidates.pairs()[chosen];
  const Rivals rivals = rivals_of(candidates, chosen);
  if (!rivals.exist) return Grade::only;
  const double surroundings = pair.surroundings();
  if (pair.name >= rivals.name + margin)
    return pair.is_aligned || surroundings >= rivals.surroundings - tiny ? Grade::name
                                                                         : Grade::tie;
  if (pair.name >= rivals.name - margin)
    return pair.is_aligned && surroundings >= rivals.surroundings - margin ? Grade::order
                                                                           : Grade::tie;
  return pair.is_aligned && surroundings >= rivals.surroundings - tiny ? Grade::contested_plus
                                                                       : Grade::contested;
}

std::vector<std::uint32_t> alternatives_of(const Candidates& candidates, std::uint32_t chosen,
                                           std::size_t count) {
  const std::vector<Candidate>& pairs = candidates.pairs();
  std::vector<std::uint32_t> others;
  for (const std::uint32_t i : candidates.of_a(pairs[chosen].a))
    if (i != chosen) others.push_back(i);
  const std::size_t kept = std::min(count, others.size());
  std::ranges::partial_sort(others, others.begin() + static_cast<std::ptrdiff_t>(kept),
                            std::ranges::greater{},
                            [&](std::uint32_t i) { return std::pair(pairs[i].score, ~i); });
  others.resize(kept);
  for (std::uint32_t& other : others) other = pairs[other].b;
  return others;
}

}  // namespace ckpt::match
