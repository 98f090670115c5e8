// Groups pairs whose keys differ only in numbers, and finds how the numbers of B follow from those
// of A:
//
//   layer1.0.bn2.weight  stages.0.layers.0.layer.1.normalization.weight     layer{i}.{j}.bn{k}
//   layer1.1.bn1.weight  stages.0.layers.1.layer.0.normalization.weight     i-1, j, k-1
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "match/names/key_template.hpp"

namespace ckpt::match {

/// The keys of one side of a pair; several when the unit has parts (q, k, v). For a stack of
/// experts these are the keys of the first expert, and the number of the expert is open.
struct SideForm {
  std::vector<KeyTemplate> keys = {};
  std::vector<std::size_t> open_numbers = {};  ///< indices into numbers()

  std::string text() const;
  std::vector<std::int64_t> numbers() const;
};

/// The templates of both sides of a pair.
struct PairForm {
  SideForm a;
  SideForm b;
};

/// A number of a key, as a constant or an expression in a variable.
struct NumberForm {
  enum class Kind : std::uint8_t { constant, variable, open };
  Kind kind = Kind::constant;
  std::int64_t constant = 0;  ///< or the number added to the variable
  std::size_t variable = 0;
  bool is_negated = false;  ///< constant - variable

  std::int64_t value(std::span<const std::int64_t> variables) const {
    if (kind != Kind::variable) return constant;
    return is_negated ? constant - variables[variable] : constant + variables[variable];
  }
};

/// Pairs whose keys follow from one pair of templates.
struct Family {
  std::vector<std::size_t> members;  ///< indices of pairs, ascending
  std::size_t variable_count = 0;
  std::vector<NumberForm> numbers_a, numbers_b;  ///< in the order of SideForm::numbers()

  /// The values of the variables for a key of A with these numbers; nothing when the key does not
  /// fit.
  std::optional<std::vector<std::int64_t>> variables_of(
      std::span<const std::int64_t> numbers) const;
};

/// Each pair is in exactly one family. Pairs with the same templates form a group, which may be
/// split into several families.
std::vector<Family> find_families(std::span<const PairForm> pairs,
                                  std::span<const std::size_t> group);

/// Splits the `members` of one group into as few families as their numbers allow.
std::vector<Family> split_into_families(std::span<const PairForm> pairs,
                                        std::vector<std::size_t> members);

/// Splits a family by the values of one varying number of A: the number with the fewest values.
/// Nothing when no number varies.
std::vector<std::vector<std::size_t>> cut(std::span<const PairForm> pairs,
                                          const std::vector<std::size_t>& members);

}  // namespace ckpt::match
