// The features of the units of one side as integers. Words, modules and positions of numbers of
// both sides share one vocabulary, so that comparing them compares integers.
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

/// Numbers words in the order in which they occur.
class Vocabulary {
 public:
  std::uint32_t id(std::string_view word);
  std::size_t size() const { return ids_.size(); }
  std::string_view word(std::size_t id) const { return words_[id]; }
  /// Whether the word is "#" and digits.
  bool is_number(std::size_t id) const { return words_[id].starts_with('#'); }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint32_t> ids_;
};

/// A number in a key: its position (the key in front of it, with # for numbers) and its value.
struct IndexValue {
  std::uint32_t place;
  std::int64_t value;
  auto operator<=>(const IndexValue&) const = default;
};

/// What the scores look at for one unit.
struct UnitFeatures {
  std::vector<std::uint32_t> words;         ///< in the order of the key
  std::vector<std::uint32_t> sorted_words;  ///< repeated words are repeated
  ParameterKind kind = ParameterKind::other;
  bool is_number_like = true;       ///< floating or complex: never paired with counts or masks
  std::vector<std::int64_t> block;  ///< sorted squeezed shape: equal for units that can be paired
  std::uint32_t module = 0;         ///< index into Side::modules
  std::uint32_t indices = 0;        ///< index into Side::index_lists
  std::uint32_t form = 0;           ///< its key without numbers; less than Side::form_count
  std::optional<std::uint64_t> content = {};
};

/// All units of one model with their features.
struct Side {
  std::vector<NamedUnit> units;
  std::vector<UnitFeatures> features;
  std::vector<std::vector<std::uint32_t>> modules;  ///< ids of each module and the modules around
                                                    ///< it
  std::size_t module_name_count = 0;                ///< ids are smaller than this
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
