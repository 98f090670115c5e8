// A pair is certain when no rival is as good by the cues that are independent of names. Settling
// one pair can make its neighbours certain, so grading is repeated until nothing changes.

#include "match/align/grade.hpp"

#include <algorithm>
#include <set>

#include "match/names/key_template.hpp"

namespace ckpt::match {

namespace {

/// Scores that differ by less than this count as equal.
constexpr double margin = 0.02;
/// The required difference between the agreement of the numbers of one layer and of another.
constexpr double wide_margin = 0.1;
constexpr double tiny = 1e-9;
constexpr int most_rounds = 20;

/// The best scores of the rivals of a pair: other candidates for one of its units.
struct Rivals {
  bool exist = false;
  double name = -1;
  double plain_name = -1;  ///< of rivals that differ in more than numbers
  double surroundings = -1;
  double index = -1;

  void add(const Candidate& pair) {
    exist = true;
    plain_name = std::max(plain_name, pair.plain_name);
    name = std::max(name, pair.name);
    surroundings = std::max(surroundings, pair.surroundings());
    index = std::max(index, pair.index);
  }
};

/// Two keys without a common word may be unique to each model, and fit by chance.
Grade grade_without_rivals(const Candidate& pair) {
  if (pair.shares_word || pair.has_equal_content) return Grade::only;
  return pair.is_aligned ? Grade::order : Grade::tie;
}

class Grader {
 public:
  Grader(const Side& a, const Side& b, const Candidates& candidates)
      : a_(a),
        b_(b),
        candidates_(candidates),
        settled_a_(candidates.count_a()),
        settled_b_(candidates.count_b()) {}

  /// The grade with respect to the rivals that are not settled.
  Grade grade(std::uint32_t chosen) const {
    const Candidate& pair = candidates_.pairs()[chosen];
    const Rivals rivals = rivals_of(chosen);
    if (!rivals.exist) return grade_without_rivals(pair);
    const double surroundings = pair.surroundings();
    const bool is_best_around = surroundings >= rivals.surroundings - tiny;
    if (pair.name >= rivals.name + margin) {
      if (!pair.is_aligned && !is_best_around) return Grade::tie;
      if (pair.plain_name >= rivals.plain_name + margin) return Grade::name;
    }
    if (pair.name >= rivals.name - margin)
      return pair.is_aligned && surroundings >= rivals.surroundings - margin ? Grade::order
                                                                             : Grade::tie;
    return pair.is_aligned && is_best_around ? Grade::contested_plus : Grade::contested;
  }

  /// Whether the pair is certain now: no unsettled rival is as good; or the numbers contradict all
  /// rivals, so that only the layer was in question; or a sibling is settled (the weight beside a
  /// bias).
  bool can_settle(std::uint32_t chosen) const {
    if (!is_open(grade(chosen)) || has_settled_sibling(candidates_.pairs()[chosen])) return true;
    return candidates_.pairs()[chosen].index >= rivals_of(chosen).index + wide_margin;
  }

  void settle(std::uint32_t chosen) {
    const Candidate& pair = candidates_.pairs()[chosen];
    settled_a_[pair.a] = settled_b_[pair.b] = true;
    settled_modules_.insert(modules_of(pair));
  }

 private:
  std::pair<std::uint32_t, std::uint32_t> modules_of(const Candidate& pair) const {
    return {a_.features[pair.a].module, b_.features[pair.b].module};
  }

  bool has_settled_sibling(const Candidate& pair) const {
    const auto last = [](const NamedUnit& unit) { return split_last_part(unit.name).second; };
    return !a_.modules[a_.features[pair.a].module].empty() &&
           last(a_.units[pair.a]) == last(b_.units[pair.b]) &&
           settled_modules_.contains(modules_of(pair));
  }

  Rivals rivals_of(std::uint32_t chosen) const {
    const Candidate& pair = candidates_.pairs()[chosen];
    Rivals rivals;
    for (const std::uint32_t i : candidates_.of_a(pair.a))
      if (i != chosen && !settled_b_[candidates_.pairs()[i].b]) rivals.add(candidates_.pairs()[i]);
    for (const std::uint32_t i : candidates_.of_b(pair.b))
      if (i != chosen && !settled_a_[candidates_.pairs()[i].a]) rivals.add(candidates_.pairs()[i]);
    return rivals;
  }

  const Side& a_;
  const Side& b_;
  const Candidates& candidates_;
  std::vector<bool> settled_a_, settled_b_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> settled_modules_;
};

}  // namespace

std::vector<Grade> grades_of(const Side& a, const Side& b, const Candidates& candidates,
                             const std::vector<std::uint32_t>& chosen) {
  Grader grader(a, b, candidates);
  std::vector<Grade> grades;
  for (const std::uint32_t pair : chosen) grades.push_back(grader.grade(pair));
  for (std::size_t i = 0; i < chosen.size(); ++i)
    if (!is_open(grades[i])) grader.settle(chosen[i]);
  bool has_progress = true;
  for (int round = 0; has_progress && round < most_rounds; ++round) {
    has_progress = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (!is_open(grades[i]) || !grader.can_settle(chosen[i])) continue;
      grades[i] = Grade::contested_plus;
      grader.settle(chosen[i]);
      has_progress = true;
    }
  }
  return grades;
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
