// Evaluates the names that a rule set declares. Values are given by the user, taken from a config,
// computed, or counted and measured on the keys.
#include <algorithm>
#include <set>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/compile.hpp"
#include "match/rules/error.hpp"
#include "match/rules/match.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

/// Large enough that n-1-i is not negative for any small i.
constexpr std::int64_t placeholder_count = 9;

class KeySizes {
 public:
  explicit KeySizes(std::span<const KeyFacts> keys) : keys_(keys) {
    for (std::size_t i = 0; i < keys.size(); ++i) place_.try_emplace(keys[i].key, i);
  }

  Number size_of(std::string_view key, std::int64_t dimension) const {
    const auto found = place_.find(key);
    if (found == place_.end()) throw_missing(key);
    const std::vector<std::int64_t>& shape = keys_[found->second].shape;
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t place = dimension < 0 ? dimension + rank : dimension;
    if (place < 0 || place >= rank)
      throw RuleError("D15",
                      concat("dim(", key, ", ", dimension, "): the shape is ", shape_text(shape)));
    return shape[static_cast<std::size_t>(place)];
  }

 private:
  [[noreturn]] void throw_missing(std::string_view key) const {
    std::vector<std::string> names;
    for (const KeyFacts& facts : keys_) names.push_back(facts.key);
    throw RuleError("E02", concat("dim(", key, ", ...): there is no such key"),
                    did_you_mean(find_closest(key, names)));
  }

  std::span<const KeyFacts> keys_;
  std::unordered_map<std::string_view, std::size_t> place_;
};

/// The number of different texts that the first variable part of the template matches.
std::int64_t count_matches(std::string_view text, const Names& names,
                           std::span<const KeyFacts> keys) {
  std::vector<Variable> variables;
  const CompiledTemplate counted_template =
      compile_template(parse_template(text), names, variables);
  const TemplateMatcher matcher(counted_template);
  std::set<std::string> values;
  for (const KeyFacts& facts : keys)
    if (const auto captures = matcher.find_captures(facts.key))
      values.insert(captures->empty() ? facts.key : std::string(captures->front()));
  return static_cast<std::int64_t>(values.size());
}

std::optional<std::string_view> counted_template(std::string_view expression) {
  if (!expression.starts_with("count(") || !expression.ends_with(')')) return std::nullopt;
  return expression.substr(6, expression.size() - 7);
}

class Declarations {
 public:
  Declarations(const Parameters& parameters, std::span<const KeyFacts> keys,
               const CompileOptions& options)
      : parameters_(parameters),
        keys_(keys),
        is_measured_(options.measured == Measured::from_keys) {}

  Names names;

  void add(const Declaration& declaration) {
    names.values[declaration.name] = value_of(declaration);
  }

 private:
  Number value_of(const Declaration& declaration) {
    const auto given = parameters_.values.find(declaration.name);
    if (given != parameters_.values.end())
      return within(concat("-D ", declaration.name), [&] { return evaluate(given->second, {}); });
    if (declaration.kind == DeclarationKind::param) {
      const auto config = parameters_.config.find(declaration.name);
      if (config != parameters_.config.end()) return evaluate(config->second, {});
    }
    if (declaration.expression.empty())
      throw RuleError("E02", concat("param ", declaration.name, " has no value"),
                      concat("give -D ", declaration.name, "=N"));
    if (const auto counted_text = counted_template(declaration.expression))
      return is_measured_ ? count_matches(*counted_text, names, keys_) : placeholder_count;
    return evaluate(declaration.expression, measuring());
  }

  Names measuring() {
    Names all = names;
    if (!is_measured_) {
      all.size_of = [](std::string_view, std::int64_t) { return placeholder_count; };
      return all;
    }
    if (!sizes_) sizes_.emplace(keys_);
    all.size_of = [this](std::string_view key, std::int64_t dimension) {
      return sizes_->size_of(key, dimension);
    };
    return all;
  }

  const Parameters& parameters_;
  std::span<const KeyFacts> keys_;
  bool is_measured_;
  std::optional<KeySizes> sizes_;
};

void refuse_undeclared(const RuleSet& rules, const Parameters& parameters,
                       std::vector<Problem>& problems) {
  std::vector<std::string> declared;
  for (const Declaration& declaration : rules.declarations) declared.push_back(declaration.name);
  for (const auto& [name, value] : parameters.values) {
    if (std::ranges::find(declared, name) != declared.end()) continue;
    problems.push_back(
        {.code = "E02",
         .message = concat("-D ", name, ": the rules declare no such name"),
         .hint = declared.empty() ? std::string() : concat("they declare ", join(declared, ", "))});
  }
}

}  // namespace

Names evaluate_declarations(const RuleSet& rules, const Parameters& parameters,
                            std::span<const KeyFacts> keys, const CompileOptions& options,
                            std::vector<Problem>& problems) {
  refuse_undeclared(rules, parameters, problems);
  Declarations declarations(parameters, keys, options);
  for (const Declaration& declaration : rules.declarations) {
    try {
      declarations.add(declaration);
    } catch (const RuleError& error) {
      const std::string unit = rules.unit == "rule" ? "param" : rules.unit;
      problems.push_back(error.problem_at(concat(unit, " ", declaration.line)));
      // Gives the name a value, so that rules that use it are not reported as well.
      declarations.names.values[declaration.name] = placeholder_count;
    }
  }
  return std::move(declarations.names);
}

}  // namespace ckpt::match
