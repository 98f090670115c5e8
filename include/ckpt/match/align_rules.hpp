// From pairs of keys to rules of `ckpt remap`, one a family:
//
//   layer1.0.bn1.weight => stages.0.layers.0.norm.weight,  ... 159 more
//   layer{i}.{j}.bn{k}.* -> stages.{i-1}.layers.{j}.layer.{k-1}.normalization.*
//
// A rule takes the keys of its pairs and no other key of A, so their order does not matter.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ckpt/match/align.hpp"
#include "ckpt/match/rules.hpp"

namespace ckpt::match {

struct AlignRule {
  std::vector<std::size_t> pairs = {};  ///< positions in Alignment::pairs
  std::string from = {};
  std::string to = {};
  std::string ops = {};                        ///< "t | split(0)", or ""
  Grade grade = Grade::given;                  ///< of the least sure of its pairs
  std::vector<std::string> alternatives = {};  ///< other keys of B, with # for numbers
  /// Square matrices beside others that are transposed: shapes cannot tell whether they are too.
  bool may_be_transposed = false;

  /// "from -> to | ops"
  std::string text() const;
};

/// In the order of A; pairs that are open (see is_open) are in rules of their own, given ones in
/// none.
std::vector<AlignRule> make_rules(const Alignment& alignment, std::span<const AlignTensor> a,
                                  std::span<const AlignTensor> b);

/// Keys that differ in numbers alone, as the template that takes them and no other key.
struct KeyFamily {
  std::string text = {};
  std::size_t count = 0;
};

/// In the order of the first of each. keys: positions in `tensors`.
std::vector<KeyFamily> make_key_families(std::span<const std::size_t> keys,
                                         std::span<const AlignTensor> tensors);

/// What to do with pairs that a person should decide.
enum class OpenPairs : std::uint8_t { as_comments, as_rules };

/// A rule file: those that were given, the rules, open ones commented out with what else would fit,
/// drops for the keys of A that no rule takes, and as a comment what only B has.
std::string rule_file_text(const Alignment& alignment, const std::vector<AlignRule>& rules,
                           std::span<const AlignTensor> a, std::span<const AlignTensor> b,
                           OpenPairs open, const RuleSet& given = {});

}  // namespace ckpt::match
