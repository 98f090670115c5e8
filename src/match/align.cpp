#include "ckpt/match/align.hpp"

#include <algorithm>
#include <numeric>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "match/align_hints.hpp"
#include "match/align_problem.hpp"

namespace ckpt::match {

namespace {

void refuse_unused(std::span<const AlignHint> hints, std::span<const AlignTensor> tensors,
                   std::string AlignHint::*text, std::string_view side) {
  for (const AlignHint& hint : hints)
    if (std::ranges::none_of(tensors, [&](const AlignTensor& tensor) {
          return holds_hint(tensor.key, hint.*text);
        }))
      throw Error(ErrorKind::usage, concat("hint ", quote(concat(hint.a, "=>", hint.b)), ": ",
                                           quote(hint.*text), " is in no key of ", side));
}

std::vector<std::size_t> unsettled(std::size_t count, const std::vector<AlignPair>& settled,
                                   AlignUnit AlignPair::*side) {
  std::vector<bool> is_settled(count);
  for (const AlignPair& pair : settled)
    for (const std::size_t key : (pair.*side).keys) is_settled[key] = true;
  std::vector<std::size_t> keys;
  for (std::size_t key = 0; key < count; ++key)
    if (!is_settled[key]) keys.push_back(key);
  return keys;
}

}  // namespace

std::string_view grade_word(Grade grade) {
  switch (grade) {
    case Grade::given: return "given";
    case Grade::only: return "only";
    case Grade::name: return "name+";
    case Grade::order: return "order";
    case Grade::contested_plus: return "contested+";
    case Grade::tie: return "tie";
    case Grade::contested: return "contested";
  }
  return "";
}

bool is_open(Grade grade) { return grade == Grade::tie || grade == Grade::contested; }

Alignment align(std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                const AlignOptions& options) {
  refuse_unused(options.hints, a, &AlignHint::a, "A");
  refuse_unused(options.hints, b, &AlignHint::b, "B");
  Alignment alignment{.pairs = options.settled};
  UnitsOfBoth units = make_units(a, unsettled(a.size(), options.settled, &AlignPair::a), b,
                                 unsettled(b.size(), options.settled, &AlignPair::b));
  join_parts(units);
  Vocabularies vocabularies;
  const Side side_a = make_side(std::move(units.a), a, vocabularies);
  const Side side_b = make_side(std::move(units.b), b, vocabularies);
  for (const UnitPair& pair : solve(side_a, side_b, vocabularies, options.hints)) {
    AlignPair& out = alignment.pairs.emplace_back();
    out = {side_a.units[pair.a].unit, side_b.units[pair.b].unit, pair.relation, pair.grade};
    for (const std::uint32_t other : pair.alternatives)
      out.alternatives.push_back(side_b.units[other].unit.keys.front());
  }
  alignment.only_a = unsettled(a.size(), alignment.pairs, &AlignPair::a);
  alignment.only_b = unsettled(b.size(), alignment.pairs, &AlignPair::b);
  return alignment;
}

}  // namespace ckpt::match
