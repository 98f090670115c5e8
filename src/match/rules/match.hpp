// Which rule takes a key, and what its variables are then.
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

/// The value of a variable: a number, the place of a word in a list without numbers, or the text of
/// a star.
struct Binding {
  bool is_bound = false;
  std::int64_t number = 0;
  std::string_view text = {};  ///< into the key
};

using Bindings = std::vector<Binding>;

/// A template as a regular expression; linear in the length of the key.
class TemplateMatcher {
 public:
  /// Throws Error{limit} when the template is too large for one.
  explicit TemplateMatcher(const CompiledTemplate& key_template);

  /// What each item but the literals matches, or nothing.
  std::optional<std::vector<std::string_view>> find_captures(std::string_view key) const;

 private:
  KeyRegex regex_;
};

/// Where `value` stands; at once where the values are a run of numbers.
std::optional<std::size_t> find_place(std::span<const std::int64_t> values, std::int64_t value);

/// The values of all variables that the captures of `key_template` give, or nothing when they
/// contradict each other or leave a range. Throws RuleError E06 when there are several solutions.
std::optional<Bindings> solve(const CompiledTemplate& key_template,
                              const std::vector<std::string_view>& captures,
                              const std::vector<Variable>& variables);

struct Taken {
  std::size_t rule = 0;          ///< place in CompiledRules::rules
  std::size_t key_template = 0;  ///< place in its `from`
  Bindings bindings = {};
};

/// All templates of the maps and drops of a rule set, searched at once.
class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<CompiledRule>& rules);
  ~RuleIndex();

  /// The first rule that matches. Throws RuleError E06 as solve().
  std::optional<Taken> find(std::string_view key) const;

 private:
  struct Tables;
  std::unique_ptr<Tables> tables_;
};

/// The key that the template is for these values. Throws RuleError E06 for a negative number.
std::string render(const CompiledTemplate& key_template, const Bindings& bindings,
                   const std::vector<Variable>& variables);

}  // namespace ckpt::match
