// The alignment of two models, step by step:
//   1. make_units joins what one side splits (q, k, v; experts);
//   2. find_candidates lists pairs of compatible shape and kind, scored by name and position;
//   3. solve lets likely pairs vote for others and assigns every unit at most one partner;
//   4. grades_of says how certain each pair is.
// Large models are matched by a sample of their layers first; extend() carries the result over.

#include "ckpt/match/align.hpp"

#include <algorithm>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/align/hints.hpp"
#include "match/align/sample.hpp"

namespace ckpt::match {

namespace {

void refuse_unused(std::span<const AlignHint> hints, std::span<const AlignTensor> tensors,
                   std::string AlignHint::*text, std::string_view side) {
  for (const AlignHint& hint : hints)
    if (std::ranges::none_of(
            tensors, [&](const AlignTensor& tensor) { return holds_hint(tensor.key, hint.*text); }))
      throw Error(ErrorKind::usage, concat("hint ", quote(concat(hint.a, "=>", hint.b)), ": ",
                                           quote(hint.*text), " is in no key of ", side));
}

std::vector<std::size_t> unsettled(std::size_t count, const std::vector<AlignPair>& settled,
                                   AlignUnit AlignPair::*side,
                                   const std::vector<std::size_t>& left_out) {
  std::vector<bool> is_settled(count);
  for (const std::size_t key : left_out) is_settled[key] = true;
  for (const AlignPair& pair : settled)
    for (const std::size_t key : (pair.*side).keys) is_settled[key] = true;
  std::vector<std::size_t> keys;
  for (std::size_t key = 0; key < count; ++key)
    if (!is_settled[key]) keys.push_back(key);
  return keys;
}

// With more pairs of equal shape than this, a sample is matched.
constexpr std::size_t most_like_pairs = 400'000;
constexpr int most_rounds = 3;

/// Works in rounds: each matches a sample and carries the result over to similar units; the last
/// round matches everything that is left.
class Aligner {
 public:
  Aligner(std::span<const AlignTensor> a, std::span<const AlignTensor> b,
          const AlignOptions& options)
      : a_(a), b_(b), options_(options), pairs_(options.settled) {}

  Alignment align() {
    UnitsOfBoth units = make_units(a_, open_a(), b_, open_b());
    for (int round = 0; round < most_rounds; ++round) {
      const bool is_sampled =
          round + 1 < most_rounds && count_like_pairs(units.a, units.b) > most_like_pairs;
      std::vector<ExtendedPair> found = is_sampled ? match_sample(units) : match(units);
      if (!is_sampled) break;
      for (const ExtendedPair& pair : extend(found, units.a, units.b)) add(pair, {});
      remove_settled(units.a, a_.size(), &AlignPair::a);
      remove_settled(units.b, b_.size(), &AlignPair::b);
      if (units.a.empty() || units.b.empty()) break;
    }
    std::ranges::sort(pairs_, {}, [](const AlignPair& pair) { return pair.a.keys.front(); });
    return {pairs_, open_a(), open_b()};
  }

 private:
  std::vector<std::size_t> open_a() const {
    return unsettled(a_.size(), pairs_, &AlignPair::a, options_.left_out_a);
  }
  std::vector<std::size_t> open_b() const {
    return unsettled(b_.size(), pairs_, &AlignPair::b, options_.left_out_b);
  }

  std::vector<ExtendedPair> match(UnitsOfBoth units) {
    join_parts(units);
    Vocabularies vocabularies;
    const Side side_a = make_side(std::move(units.a), a_, vocabularies);
    const Side side_b = make_side(std::move(units.b), b_, vocabularies);
    std::vector<ExtendedPair> found;
    for (const UnitPair& pair : solve(side_a, side_b, vocabularies, options_.hints)) {
      found.push_back({side_a.units[pair.a], side_b.units[pair.b], pair.relation, pair.grade});
      std::vector<std::size_t> alternatives;
      for (const std::uint32_t other : pair.alternatives)
        alternatives.push_back(side_b.units[other].unit.keys.front());
      add(found.back(), std::move(alternatives));
    }
    return found;
  }

  std::vector<ExtendedPair> match_sample(const UnitsOfBoth& units) {
    UnitsOfBoth sample;
    for (const std::size_t i : choose_sample(units.a)) sample.a.push_back(units.a[i]);
    for (const std::size_t i : choose_sample(units.b)) sample.b.push_back(units.b[i]);
    return match(std::move(sample));
  }

  void add(const ExtendedPair& pair, std::vector<std::size_t> alternatives) {
    AlignPair& out = pairs_.emplace_back();
    out = {pair.a.unit, pair.b.unit, pair.relation, pair.grade, std::move(alternatives)};
  }

  void remove_settled(std::vector<NamedUnit>& units, std::size_t key_count,
                      AlignUnit AlignPair::*side) const {
    std::vector<bool> is_settled(key_count);
    for (const AlignPair& pair : pairs_)
      for (const std::size_t key : (pair.*side).keys) is_settled[key] = true;
    std::erase_if(units, [&](const NamedUnit& unit) { return is_settled[unit.unit.keys.front()]; });
  }

  std::span<const AlignTensor> a_, b_;
  const AlignOptions& options_;
  std::vector<AlignPair> pairs_;
};

}  // namespace

std::string_view grade_word(Grade grade) {
  switch (grade) {
    case Grade::given:
      return "given";
    case Grade::only:
      return "only";
    case Grade::name:
      return "name+";
    case Grade::order:
      return "order";
    case Grade::contested_plus:
      return "contested+";
    case Grade::tie:
      return "tie";
    case Grade::contested:
      return "contested";
  }
  return "";
}

bool is_open(Grade grade) { return grade == Grade::tie || grade == Grade::contested; }

Alignment align(std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                const AlignOptions& options) {
  refuse_unused(options.hints, a, &AlignHint::a, "A");
  refuse_unused(options.hints, b, &AlignHint::b, "B");
  return Aligner(a, b, options).align();
}

}  // namespace ckpt::match
