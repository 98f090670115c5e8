// Turns pairs of keys into rules of `ckpt remap`, one rule per family of keys:
//
//   layer1.0.bn1.weight => stages.0.layers.0.norm.weight,  ... 159 more
//   layer{i}.{j}.bn{k}.* -> stages.{i-1}.layers.{j}.layer.{k-1}.normalization.*
//
// A rule matches the keys of its pairs and no other key of A, so the order of the rules does not
// matter.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/align.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct AlignRule {
  std::vector<std::size_t> pairs = {};  ///< indices into Alignment::pairs
  std::string from = {};
  std::string to = {};
  std::string ops = {};                        ///< "t | split(0)", or ""
  Grade grade = Grade::given;                  ///< of its least certain pair
  std::vector<std::string> alternatives = {};  ///< other keys of B, with # for numbers
  /// The rule moves square matrices beside others that are transposed; the shapes cannot tell
  /// whether the square ones are transposed too.
  bool may_be_transposed = false;

  /// "from -> to | ops"
  std::string text() const;
};

/// Rules in the order of A. Open pairs (is_open) get rules of their own; given pairs get none.
std::vector<AlignRule> make_rules(const Alignment& alignment, std::span<const AlignTensor> a,
                                  std::span<const AlignTensor> b);

/// Keys that differ only in numbers, as a template that matches these keys and no other.
struct KeyFamily {
  std::string text = {};
  std::size_t count = 0;
};

/// In the order of the first key of each family. `keys` are positions in `tensors`.
std::vector<KeyFamily> make_key_families(std::span<const std::size_t> keys,
                                         std::span<const AlignTensor> tensors);

/// What to do with pairs that a person should decide.
enum class OpenPairs : std::uint8_t { as_comments, as_rules };

/// The text of a rule file: the given rules, the new rules, open rules as comments with their
/// alternatives, drops for the keys of A that no rule takes, and the keys that only B has as a
/// comment.
std::string rule_file_text(const Alignment& alignment, const std::vector<AlignRule>& rules,
                           std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                           OpenPairs open, const RuleSet& given = {});

}  // namespace ckpt::match
