// Interns words, modules and number positions of a side, so that the scoring loops compare
// integers.

#include "match/align/side.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "match/names/key_template.hpp"

namespace ckpt::match {

namespace {

/// The names of the modules that contain a key, outermost first: "a.b.c" is in "a" and "a.b".
std::vector<std::string_view> module_names(std::string_view key) {
  std::vector<std::string_view> names;
  for (std::size_t at = key.find_first_of("./"); at != std::string_view::npos;
       at = key.find_first_of("./", at + 1))
    names.push_back(key.substr(0, at));
  return names;
}

template <class Key>
std::uint32_t position_of(std::map<Key, std::uint32_t>& known, const Key& key,
                          std::vector<Key>& all) {
  const auto [found, is_new] = known.try_emplace(key, static_cast<std::uint32_t>(all.size()));
  if (is_new) all.push_back(key);
  return found->second;
}

/// A decoder layer of torch has three norms; the second belongs to the cross attention. Gives
/// "norm2" and "norm3" of a decoder names that say so.
class NumberedNorms {
 public:
  explicit NumberedNorms(const std::vector<NamedUnit>& units) {
    for (const NamedUnit& unit : units)
      if (unit.name.find(last) != std::string::npos) names_.insert(unit.name);
  }

  std::string told(const std::string& name) const {
    if (names_.empty()) return name;
    if (names_.contains(name)) return replaced(name, last, "final_norm");
    const bool is_second = names_.contains(replaced(name, second, last));
    return is_second ? replaced(name, second, "cross_norm") : name;
  }

 private:
  static constexpr std::string_view second = "norm2", last = "norm3";

  static std::string replaced(std::string name, std::string_view from, std::string_view to) {
    const std::size_t at = name.find(from);
    return at == std::string::npos ? name : name.replace(at, from.size(), to);
  }

  std::unordered_set<std::string> names_;
};

class SideBuilder {
 public:
  SideBuilder(std::span<const AlignTensor> tensors, Vocabularies& vocabularies)
      : tensors_(tensors), vocabularies_(vocabularies) {}

  Side build(std::vector<NamedUnit> units) {
    side_.units = std::move(units);
    const NumberedNorms norms(side_.units);
    for (const NamedUnit& unit : side_.units) side_.features.push_back(features(unit, norms));
    side_.module_name_count = module_ids_.size();
    side_.form_count = form_ids_.size();
    return std::move(side_);
  }

 private:
  UnitFeatures features(const NamedUnit& unit, const NumberedNorms& norms) {
    UnitFeatures features;
    for (const std::string& word : words_of_key(norms.told(unit.name)))
      features.words.push_back(vocabularies_.words.id(word));
    features.sorted_words = features.words;
    std::ranges::sort(features.sorted_words);
    features.kind = parameter_kind(unit.name);
    features.is_number_like = is_number_like(tensors_[unit.unit.keys.front()].dtype);
    features.block = squeezed(unit.unit.shape);
    std::ranges::sort(features.block);
    features.module = module(unit.name);
    features.indices = indices(unit.name);
    features.form = form_ids_.id(make_key_template(unit.name).text());
    features.content = content(unit.unit);
    return features;
  }

  static bool is_number_like(model::DType dtype) {
    const model::NumberClass number_class = model::row_of(dtype).number_class;
    return number_class == model::NumberClass::floating ||
           number_class == model::NumberClass::complex;
  }

  std::uint32_t module(std::string_view key) {
    std::vector<std::uint32_t> chain;
    for (const std::string_view name : module_names(key)) chain.push_back(module_ids_.id(name));
    return position_of(known_modules_, chain, side_.modules);
  }

  std::uint32_t indices(std::string_view key) {
    std::vector<IndexValue> list;
    const KeyTemplate split = make_key_template(key);
    std::string place;
    for (std::size_t i = 0; i < split.numbers.size(); ++i) {
      place += split.literals[i];
      place += '#';
      list.push_back({vocabularies_.places.id(place), split.numbers[i]});
    }
    return position_of(known_indices_, list, side_.index_lists);
  }

  std::optional<std::uint64_t> content(const AlignUnit& unit) const {
    std::uint64_t sum = 0;
    for (const std::size_t key : unit.keys) {
      if (!tensors_[key].content) return std::nullopt;
      sum += *tensors_[key].content;
    }
    return sum;
  }

  std::span<const AlignTensor> tensors_;
  Vocabularies& vocabularies_;
  Side side_;
  Vocabulary module_ids_;
  Vocabulary form_ids_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> known_modules_;
  std::map<std::vector<IndexValue>, std::uint32_t> known_indices_;
};

}  // namespace

std::uint32_t Vocabulary::id(std::string_view word) {
  const auto next = static_cast<std::uint32_t>(ids_.size());
  const auto [found, is_new] = ids_.try_emplace(std::string(word), next);
  if (is_new) words_.emplace_back(word);
  return found->second;
}

Side make_side(std::vector<NamedUnit> units, std::span<const AlignTensor> tensors,
               Vocabularies& vocabularies) {
  return SideBuilder(tensors, vocabularies).build(std::move(units));
}

}  // namespace ckpt::match
