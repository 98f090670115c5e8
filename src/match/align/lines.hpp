// A family as a line of a rule file: its templates as text, and whether they take other keys too.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/match/align.hpp"
#include "match/align/families.hpp"

namespace ckpt::match {

/// All keys of a side by their template and by their parent's.
class KeyIndex {
 public:
  explicit KeyIndex(std::span<const AlignTensor> tensors);

  /// The numbers of the keys with this template.
  const std::vector<std::vector<std::int64_t>>& numbers_of(const std::string& key_template) const;
  /// The last parts, numbers as #, of the keys below that module; sorted, without repeats.
  std::vector<std::string> last_parts_of(const std::string& module_template) const;

 private:
  std::map<std::string, std::vector<std::vector<std::int64_t>>> numbers_;
  std::map<std::string, std::vector<std::string>> last_parts_;
};

/// The values that variables may have; nothing: any.
using VariableValues = std::vector<std::optional<std::vector<std::int64_t>>>;

/// A family that takes exactly its members, once its variables are bounded by `values`.
struct ExactFamily {
  Family family;
  VariableValues values;
};

/// Bounds or cuts the family until it takes no other key of A. expert_count: keys of each part.
std::vector<ExactFamily> make_exact(std::span<const PairForm> pairs, Family family,
                                    const KeyIndex& index, std::size_t expert_count);

enum class End : std::uint8_t { a, b };
/// The templates of one end, one a key.
std::vector<std::string> template_texts(const ExactFamily& exact, const PairForm& form, End end);

/// "x.q.weight" and "x.k.weight" as "x.{q,k}.weight"; with a name "x.{g:q,k}.weight". Nothing when
/// they have nothing in common or the words need escapes.
std::optional<std::string> braced(const std::vector<std::string>& texts, std::string_view name);

/// The template ready for a rule file: quoted when it has blanks, commas, bars or brackets.
std::string quoted_template(const std::string& text);

}  // namespace ckpt::match
