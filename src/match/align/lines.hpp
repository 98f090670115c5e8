// Writes a family as a line of a rule file, and checks whether its templates match other keys too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/match/align.hpp"
#include "match/align/families.hpp"

namespace ckpt::match {

/// All keys of a side, by template and by the template of their module.
class KeyIndex {
 public:
  explicit KeyIndex(std::span<const AlignTensor> tensors);

  /// The numbers of the keys with this template.
  const std::vector<std::vector<std::int64_t>>& numbers_of(const std::string& key_template) const;
  /// The last parts, with # for numbers, of the keys directly in the module; sorted, without
  /// repeats.
  std::vector<std::string> last_parts_of(const std::string& module_template) const;

 private:
  std::map<std::string, std::vector<std::vector<std::int64_t>>> numbers_;
  std::map<std::string, std::vector<std::string>> last_parts_;
};

/// The values that each variable may have; nothing: any.
using VariableValues = std::vector<std::optional<std::vector<std::int64_t>>>;

/// A family whose templates match exactly its members, once the variables are limited to `values`.
struct ExactFamily {
  Family family;
  VariableValues values;
};

/// Limits or splits the family until it matches no other key of A. `expert_count` is the number of
/// keys per part.
std::vector<ExactFamily> make_exact(std::span<const PairForm> pairs, Family family,
                                    const KeyIndex& index, std::size_t expert_count);

enum class End : std::uint8_t { a, b };
/// The templates of one side, one per key.
std::vector<std::string> template_texts(const ExactFamily& exact, const PairForm& form, End end);

/// Joins "x.q.weight" and "x.k.weight" to "x.{q,k}.weight", or with a name to "x.{g:q,k}.weight".
/// Nothing when they have no common text or a word would need escapes.
std::optional<std::string> braced(const std::vector<std::string>& texts, std::string_view name);

/// The template as a rule file needs it: in quotes when it contains blanks, commas, bars or
/// brackets.
std::string quoted_template(const std::string& text);

}  // namespace ckpt::match
