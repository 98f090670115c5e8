// What is looked at of the units of one side, in numbers: words, modules and index positions of
// both sides are interned in one vocabulary, so that they compare as integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "match/align/units.hpp"
#include "match/align/words.hpp"

namespace ckpt::match {

class Vocabulary {
 public:
  std::uint32_t id(std::string_view word);
  std::size_t size() const { return ids_.size(); }
  std::string_view word(std::size_t id) const { return words_[id]; }
  /// The word of `id` is "#" and digits.
  bool is_number(std::size_t id) const { return words_[id].starts_with('#'); }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint32_t> ids_;
};

/// A number in a key: which place (the key before it, numbers as #), and its value.
struct IndexValue {
  std::uint32_t place;
  std::int64_t value;
  auto operator<=>(const IndexValue&) const = default;
};

struct UnitFeatures {
  std::vector<std::uint32_t> words;         ///< in the order of the key
  std::vector<std::uint32_t> sorted_words;  ///< repeated ones as often as they occur
  ParameterKind kind = ParameterKind::other;
  bool is_number_like = true;       ///< floating or complex: never paired with counts or masks
  std::vector<std::int64_t> block;  ///< squeezed shape, sorted: equal for all that could be paired
  std::uint32_t module = 0;         ///< into Side::modules
  std::uint32_t indices = 0;        ///< into Side::index_lists
  std::uint32_t form = 0;           ///< its key without the numbers; below Side::form_count
  std::optional<std::uint64_t> content = {};
};

struct Side {
  std::vector<NamedUnit> units;
  std::vector<UnitFeatures> features;
  std::vector<std::vector<std::uint32_t>> modules;  ///< ids of a module and those around it
  std::size_t module_name_count = 0;                ///< ids are below this
  std::vector<std::vector<IndexValue>> index_lists;
  std::size_t form_count = 0;

  std::size_t size() const { return units.size(); }
};

struct Vocabularies {
  Vocabulary words;
  Vocabulary places;
};

Side make_side(std::vector<NamedUnit> units, std::span<const AlignTensor> tensors,
               Vocabularies& vocabularies);

}  // namespace ckpt::match
