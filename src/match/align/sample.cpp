// The sample keeps units whose numbers are the first, middle and last ones at each position.
// Families found in the sample give formulas, and extend() evaluates them for all other units.

#include "match/align/sample.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "ckpt/base/text.hpp"
#include "match/align/families.hpp"

namespace ckpt::match {

namespace {

using Numbers = std::vector<std::int64_t>;

/// Keeps the first two, the middle and the last two of `values`.
void keep_some(const std::set<std::int64_t>& values, std::set<std::int64_t>& kept) {
  const std::vector<std::int64_t> sorted(values.begin(), values.end());
  const std::size_t count = sorted.size();
  for (const std::size_t rank : {std::size_t{0}, std::size_t{1}, count / 2, count - 2, count - 1})
    if (rank < count) kept.insert(sorted[rank]);
}

/// "layers.#.experts.#" for each number of a key: the text in front of it.
std::vector<std::string> places_of(const KeyTemplate& form) {
  std::vector<std::string> places;
  std::string place;
  for (std::size_t i = 0; i < form.numbers.size(); ++i) {
    place += form.literals[i];
    place += '#';
    places.push_back(place);
  }
  return places;
}

SideForm form_of(const NamedUnit& unit) {
  SideForm form;
  for (const std::string& name : unit.part_names) form.keys.push_back(make_key_template(name));
  return form;
}

using UnitsByName = std::unordered_map<std::string_view, const NamedUnit*>;

UnitsByName by_name(const std::vector<NamedUnit>& units) {
  UnitsByName names;
  for (const NamedUnit& unit : units) names.emplace(unit.name, &unit);
  return names;
}

/// Applies one family to all of its units.
class Extender {
 public:
  Extender(const std::vector<ExtendedPair>& sample, const std::vector<NamedUnit>& a,
           const std::vector<NamedUnit>& b)
      : units_a_(by_name(a)), units_b_(by_name(b)) {
    for (const ExtendedPair& pair : sample) {
      take(pair.a, units_a_);
      take(pair.b, units_b_);
    }
    for (const NamedUnit& unit : a) {
      KeyTemplate form = make_key_template(unit.name);
      numbers_[form.text()].push_back(std::move(form.numbers));
    }
  }

  void extend(const Family& family, const PairForm& form, const ExtendedPair& model,
              std::vector<ExtendedPair>& pairs) {
    const KeyTemplate& first = form.a.keys.front();
    const auto found = numbers_.find(first.text());
    if (found == numbers_.end()) return;
    for (const Numbers& numbers : found->second)
      if (const auto variables = find_variables(family, numbers))
        add_member(family, form, model, *variables, pairs);
  }

 private:
  /// Determines the variables from the numbers of the first key only.
  static std::optional<Numbers> find_variables(const Family& family, const Numbers& numbers) {
    Family first{
        .members = {}, .variable_count = family.variable_count, .numbers_a = {}, .numbers_b = {}};
    first.numbers_a.assign(family.numbers_a.begin(),
                           family.numbers_a.begin() + std::ssize(numbers));
    auto variables = first.variables_of(numbers);
    if (variables && std::ranges::find(*variables, -1) != variables->end()) return std::nullopt;
    return variables;
  }

  /// The units that the family names for these variables, joined; nothing when one is missing.
  static std::optional<NamedUnit> find_unit(const SideForm& form,
                                            std::span<const NumberForm> numbers,
                                            const Numbers& variables, const UnitsByName& units,
                                            const NamedUnit& model) {
    std::vector<const NamedUnit*> parts;
    for (const KeyTemplate& key : form.keys) {
      Numbers values;
      for (const NumberForm& number : numbers.first(key.numbers.size()))
        values.push_back(number.value(variables));
      numbers = numbers.subspan(key.numbers.size());
      const auto found = units.find(fill_template(key, values));
      if (found == units.end()) return std::nullopt;
      parts.push_back(found->second);
    }
    if (parts.size() == 1) return *parts.front();
    auto joined = join_units(parts);
    if (joined) joined->name = model.name;
    return joined;
  }

  void add_member(const Family& family, const PairForm& form, const ExtendedPair& model,
                  const Numbers& variables, std::vector<ExtendedPair>& pairs) {
    auto a = find_unit(form.a, family.numbers_a, variables, units_a_, model.a);
    auto b = find_unit(form.b, family.numbers_b, variables, units_b_, model.b);
    if (!a || !b || find_relation(a->unit, b->unit) != model.relation) return;
    take(*a, units_a_);
    take(*b, units_b_);
    pairs.push_back({std::move(*a), std::move(*b), model.relation, model.grade});
  }

  static void take(const NamedUnit& unit, UnitsByName& units) {
    for (const std::string& name : unit.part_names) units.erase(name);
  }

  UnitsByName units_a_, units_b_;
  std::unordered_map<std::string, std::vector<Numbers>> numbers_;
};

}  // namespace

std::vector<std::size_t> choose_sample(const std::vector<NamedUnit>& units) {
  std::vector<KeyTemplate> forms;
  std::map<std::string, std::vector<std::set<std::int64_t>>> values_of_template;
  for (const NamedUnit& unit : units) {
    const KeyTemplate& form = forms.emplace_back(make_key_template(unit.name));
    auto& values = values_of_template[form.text()];
    values.resize(form.numbers.size());
    for (std::size_t i = 0; i < form.numbers.size(); ++i) values[i].insert(form.numbers[i]);
  }
  std::unordered_map<std::string, std::set<std::int64_t>> kept;
  std::set<std::string> seen;
  for (const KeyTemplate& form : forms) {
    const std::string text = form.text();
    if (!seen.insert(text).second) continue;
    const std::vector<std::string> places = places_of(form);
    for (std::size_t i = 0; i < places.size(); ++i)
      keep_some(values_of_template[text][i], kept[places[i]]);
  }
  std::vector<std::size_t> sample;
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::vector<std::string> places = places_of(forms[i]);
    bool is_kept = true;
    for (std::size_t n = 0; is_kept && n < places.size(); ++n)
      is_kept = kept[places[n]].contains(forms[i].numbers[n]);
    if (is_kept) sample.push_back(i);
  }
  return sample;
}

std::size_t count_like_pairs(const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b) {
  std::map<std::vector<std::int64_t>, std::pair<std::size_t, std::size_t>> counts;
  const auto block = [](const NamedUnit& unit) {
    std::vector<std::int64_t> sizes = squeezed(unit.unit.shape);
    std::ranges::sort(sizes);
    return sizes;
  };
  for (const NamedUnit& unit : a) ++counts[block(unit)].first;
  for (const NamedUnit& unit : b) ++counts[block(unit)].second;
  std::size_t pairs = 0;
  for (const auto& [sizes, count] : counts) pairs += count.first * count.second;
  return pairs;
}

std::vector<ExtendedPair> extend(const std::vector<ExtendedPair>& sample,
                                 const std::vector<NamedUnit>& a, const std::vector<NamedUnit>& b) {
  std::vector<PairForm> forms;
  std::vector<std::size_t> group;
  std::map<std::string, std::size_t> groups;
  for (const ExtendedPair& pair : sample) {
    const PairForm& form = forms.emplace_back(PairForm{form_of(pair.a), form_of(pair.b)});
    const std::string text =
        concat(form.a.text(), '>', form.b.text(), '>', static_cast<int>(pair.relation));
    group.push_back(groups.try_emplace(text, groups.size()).first->second);
  }
  Extender extender(sample, a, b);
  std::vector<ExtendedPair> pairs;
  for (const Family& family : find_families(forms, group)) {
    if (family.variable_count == 0) continue;
    ExtendedPair model = sample[family.members.front()];
    for (const std::size_t member : family.members)
      model.grade = std::max(model.grade, sample[member].grade);
    extender.extend(family, forms[family.members.front()], model, pairs);
  }
  return pairs;
}

}  // namespace ckpt::match
