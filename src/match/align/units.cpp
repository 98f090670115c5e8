// Stacks of experts are joined first, then parts (q, k, v; gate, up). Parts are joined only in
// complete groups, when this side has more such groups than the other and the other has a tensor of
// the joined size.

#include "match/align/units.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/text.hpp"
#include "match/align/words.hpp"

namespace ckpt::match {

namespace {

using Shape = std::vector<std::int64_t>;

constexpr std::string_view expert_word = "experts";

/// "layers.0.experts.7.w1" is {"layers.0.experts", 7, ".w1"}.
struct ExpertName {
  std::string_view before;
  std::int64_t number;
  std::string_view after;
  std::string stacked() const { return concat(before, after); }
};

std::optional<ExpertName> find_expert(std::string_view key) {
  const std::size_t word = key.find(expert_word);
  if (word == std::string_view::npos) return std::nullopt;
  const std::size_t separator = word + expert_word.size();
  constexpr std::string_view separators = "._/";
  const std::size_t end = key.find_first_of(separators, std::min(separator + 1, key.size()));
  if (end == std::string_view::npos || separators.find(key[separator]) == std::string_view::npos)
    return std::nullopt;
  const auto number = find_unsigned(key.substr(separator + 1, end - separator - 1));
  if (!number || *number > 1'000'000) return std::nullopt;
  return ExpertName{key.substr(0, separator), static_cast<std::int64_t>(*number), key.substr(end)};
}

NamedUnit single(std::span<const AlignTensor> tensors, std::size_t key) {
  // Not as nested braces: g++ 12 frees the first members twice when memory runs out inside of them.
  NamedUnit unit;
  unit.name = tensors[key].key;
  unit.unit.keys = {key};
  unit.unit.shape = tensors[key].shape;
  unit.part_names = {tensors[key].key};
  return unit;
}

/// Joins experts 0, 1, ... with equal name and shape into one unit, at the place of the first.
class ExpertStacks {
 public:
  void add(std::size_t position, const ExpertName& name) {
    stacks_[name.stacked()].push_back({name.number, position});
  }

  /// Only complete stacks: numbers from 0 on, equal shapes.
  std::unordered_map<std::size_t, NamedUnit> whole(std::span<const AlignTensor> tensors,
                                                   std::set<std::size_t>& joined) {
    std::unordered_map<std::size_t, NamedUnit> units;
    for (auto& [name, members] : stacks_) {
      std::ranges::sort(members);
      if (members.size() < 2 || !is_whole(tensors, members)) continue;
      AlignUnit unit{.is_stack_of_experts = true, .shape = tensors[members.front().second].shape};
      unit.shape.insert(unit.shape.begin(), static_cast<std::int64_t>(members.size()));
      for (const auto& [number, position] : members) unit.keys.push_back(position);
      joined.insert(unit.keys.begin(), unit.keys.end());
      const std::size_t first = *std::ranges::min_element(unit.keys);
      units.emplace(first, NamedUnit{name, std::move(unit), {name}});
    }
    return units;
  }

 private:
  using Members = std::vector<std::pair<std::int64_t, std::size_t>>;

  static bool is_whole(std::span<const AlignTensor> tensors, const Members& members) {
    for (std::size_t i = 0; i < members.size(); ++i)
      if (members[i].first != static_cast<std::int64_t>(i) ||
          tensors[members[i].second].shape != tensors[members.front().second].shape)
        return false;
    return true;
  }

  std::map<std::string, Members> stacks_;
};

std::vector<NamedUnit> singles(std::span<const AlignTensor> tensors,
                               std::span<const std::size_t> keys) {
  std::vector<NamedUnit> units;
  units.reserve(keys.size());
  for (const std::size_t key : keys) units.push_back(single(tensors, key));
  return units;
}

std::vector<NamedUnit> with_stacks(std::span<const AlignTensor> tensors,
                                   std::span<const std::size_t> keys) {
  ExpertStacks stacks;
  for (const std::size_t key : keys)
    if (const auto expert = find_expert(tensors[key].key)) stacks.add(key, *expert);
  std::set<std::size_t> joined;
  auto whole = stacks.whole(tensors, joined);
  std::vector<NamedUnit> units;
  for (const std::size_t key : keys) {
    if (const auto found = whole.find(key); found != whole.end()) {
      units.push_back(std::move(found->second));
    } else if (!joined.contains(key)) {
      units.push_back(single(tensors, key));
    }
  }
  return units;
}

bool numbers_experts(std::span<const AlignTensor> tensors, std::span<const std::size_t> keys) {
  return std::ranges::any_of(
      keys, [&](std::size_t key) { return find_expert(tensors[key].key).has_value(); });
}

/// Parts that one library keeps separate and another fuses, and how the fused name is made from the
/// name of the first part.
struct PartGroup {
  std::vector<std::string_view> words;
  std::vector<std::string_view> spellings_of_first;
  std::string_view fused;
  /// The parts are joined only if the other side contains this word; "" when missing parts there
  /// suffice.
  std::string_view word_there = {};
};

const std::array<PartGroup, 3>& part_groups() {
  static const std::array<PartGroup, 3> groups{
      PartGroup{{"Q", "K", "V"}, {"q_proj", "query", "to_q", "wq", "q"}, "qkv_proj"},
      PartGroup{{"G", "U"}, {"gate_proj", "wi_0", "w1"}, "gate_up_proj"},
      PartGroup{{"K", "V"}, {"k_proj", "key", "to_k", "wk", "k"}, "kv", "kv"}};
  return groups;
}

bool has_word(const std::vector<NamedUnit>& units, std::string_view word) {
  return std::ranges::any_of(units, [&](const NamedUnit& unit) {
    const std::vector<std::string> words = words_of_key(unit.name);
    return std::ranges::find(words, word) != words.end();
  });
}

/// The complete groups, each as indices of its parts in the order of the words of `group`.
using Siblings = std::vector<std::vector<std::size_t>>;

Siblings find_siblings(const std::vector<NamedUnit>& units, const PartGroup& group) {
  constexpr std::size_t absent = static_cast<std::size_t>(-1);
  constexpr std::size_t repeated = static_cast<std::size_t>(-2);
  std::map<std::string, std::vector<std::size_t>> by_rest;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::vector<std::string> words = words_of_key(units[i].name);
    for (std::size_t w = 0; w < group.words.size(); ++w) {
      if (std::ranges::find(words, group.words[w]) == words.end()) continue;
      std::vector<std::string> rest = words;
      std::ranges::replace(rest, std::string(group.words[w]), std::string("@"));
      auto& parts = by_rest.try_emplace(join(rest, " "), group.words.size(), absent).first->second;
      parts[w] = parts[w] == absent ? i : repeated;
    }
  }
  Siblings siblings;
  for (const auto& [rest, parts] : by_rest)
    if (std::ranges::all_of(parts, [](std::size_t part) { return part < repeated; }))
      siblings.push_back(parts);
  return siblings;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "attention.self.query.weight" with "qkv_proj" in place of "query".
std::string fused_name(std::string_view first, const PartGroup& group) {
  for (const std::string_view spelling : group.spellings_of_first) {
    for (std::size_t at = first.find(spelling); at != std::string_view::npos;
         at = first.find(spelling, at + 1)) {
      const std::size_t end = at + spelling.size();
      const bool is_word =
          (at == 0 || !is_letter(first[at - 1])) &&
          (end == first.size() || !(is_letter(first[end]) || is_digit(first[end])));
      if (is_word) return concat(first.substr(0, at), group.fused, first.substr(end));
    }
  }
  return std::string(first);
}

class PartJoiner {
 public:
  PartJoiner(std::vector<NamedUnit>& own, const std::vector<NamedUnit>& other) : own_(own) {
    for (const NamedUnit& unit : other) shapes_.insert(squeezed(unit.unit.shape));
  }

  /// `siblings` are the complete groups of this side, `count_there` is the number on the other
  /// side.
  void join(const PartGroup& group, const Siblings& siblings, std::size_t count_there) {
    if (siblings.empty() || count_there >= siblings.size()) return;
    std::set<std::size_t> gone;
    for (const std::vector<std::size_t>& parts : siblings) {
      std::vector<const NamedUnit*> units;
      for (const std::size_t part : parts) units.push_back(&own_[part]);
      std::optional<NamedUnit> whole = join_units(units);
      if (!whole || !is_wanted(whole->unit.shape)) continue;
      NamedUnit& first = own_[parts.front()];
      whole->name = fused_name(first.name, group);
      first = std::move(*whole);
      gone.insert(parts.begin() + 1, parts.end());
    }
    std::size_t position = 0;
    std::erase_if(own_, [&](const NamedUnit&) { return gone.contains(position++); });
  }

 private:
  bool is_wanted(Shape shape) const {
    shape = squeezed(shape);
    const Shape reversed(shape.rbegin(), shape.rend());
    return shapes_.contains(shape) || shapes_.contains(reversed);
  }

  std::vector<NamedUnit>& own_;
  std::set<Shape> shapes_;
};

}  // namespace

std::optional<NamedUnit> join_units(const std::vector<const NamedUnit*>& parts) {
  NamedUnit whole{{}, parts.front()->unit, {}};
  Shape& shape = whole.unit.shape;
  if (shape.empty()) return std::nullopt;
  const std::size_t axis = shape.size() == 3 ? 1 : 0;
  shape[axis] = 0;
  whole.unit.keys.clear();
  for (const NamedUnit* part : parts) {
    const AlignUnit& unit = part->unit;
    Shape expected = shape;
    if (unit.shape.size() == shape.size()) expected[axis] = unit.shape[axis];
    if (unit.shape != expected || unit.part_count != 1 ||
        unit.keys.size() != parts.front()->unit.keys.size() ||
        unit.is_stack_of_experts != whole.unit.is_stack_of_experts)
      return std::nullopt;
    shape[axis] = checked_add(shape[axis], unit.shape[axis], "joined shape");
    whole.unit.keys.insert(whole.unit.keys.end(), unit.keys.begin(), unit.keys.end());
    whole.part_names.push_back(part->name);
  }
  whole.unit.part_count = parts.size();
  whole.unit.join_axis = axis;
  return whole;
}

Shape squeezed(const Shape& shape) {
  Shape sizes = shape;
  std::erase(sizes, 1);
  return sizes;
}

UnitsOfBoth make_units(std::span<const AlignTensor> a, std::span<const std::size_t> keys_a,
                       std::span<const AlignTensor> b, std::span<const std::size_t> keys_b) {
  const bool has_a = numbers_experts(a, keys_a);
  const bool has_b = numbers_experts(b, keys_b);
  return {has_a && !has_b ? with_stacks(a, keys_a) : singles(a, keys_a),
          has_b && !has_a ? with_stacks(b, keys_b) : singles(b, keys_b)};
}

void join_parts(UnitsOfBoth& units) {
  for (const PartGroup& group : part_groups()) {
    const Siblings of_a = find_siblings(units.a, group);
    const Siblings of_b = find_siblings(units.b, group);
    const auto may_join = [&](const std::vector<NamedUnit>& other) {
      return group.word_there.empty() || has_word(other, group.word_there);
    };
    if (may_join(units.b)) PartJoiner(units.a, units.b).join(group, of_a, of_b.size());
    if (may_join(units.a)) PartJoiner(units.b, units.a).join(group, of_b, of_a.size());
  }
}

}  // namespace ckpt::match
