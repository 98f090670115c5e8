// Finds the rule that matches a key, and the values of its variables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "match/names/key_regex.hpp"
#include "match/rules/compile.hpp"

namespace ckpt::match {

/// The value of a variable: a number, an index into a list of words, or the text of a star.
struct Binding {
  bool is_bound = false;
  std::int64_t number = 0;
  std::string_view text = {};  ///< part of the key
};

using Bindings = std::vector<Binding>;

/// A template as a regular expression. Matching takes linear time in the length of the key.
class TemplateMatcher {
 public:
  /// Throws Error{limit} when the template is too large for a regular expression.
  explicit TemplateMatcher(const CompiledTemplate& key_template);

  /// The text that each non-literal item matches; nothing when the key does not match.
  std::optional<std::vector<std::string_view>> find_captures(std::string_view key) const;

 private:
  KeyRegex regex_;
};

/// The index of `value`; takes constant time when the values are consecutive numbers.
std::optional<std::size_t> find_place(std::span<const std::int64_t> values, std::int64_t value);

/// The values of all variables that follow from the captured texts; nothing when they contradict
/// each other or leave a range. Throws RuleError E06 when there are several solutions.
std::optional<Bindings> solve(const CompiledTemplate& key_template,
                              const std::vector<std::string_view>& captures,
                              const std::vector<Variable>& variables);

/// The rule that matches a key, and the values of its variables.
struct Taken {
  std::size_t rule = 0;          ///< index into CompiledRules::rules
  std::size_t key_template = 0;  ///< index into its `from`
  Bindings bindings = {};
};

/// The templates of all maps and drops of a rule set, searched in one pass.
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<CompiledRule>& rules);
  ~RuleIndex();

  /// The first rule that matches. Throws RuleError E06 as solve() does.
  std::optional<Taken> find(std::string_view key) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// The key of the template for these values. Throws RuleError E06 for a negative number.
std::string render(const CompiledTemplate& key_template, const Bindings& bindings,
                   const std::vector<Variable>& variables);

}  // namespace ckpt::match
