// Computes the values of variables from the parts of a key, and the reverse.
//
// A number gives an equation: {3*a+b+1} that matched 7 says 3*a + b = 6. Variables with a range are
// tried, the others follow. There must be exactly one solution.
#include <algorithm>

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"
#include "match/rules/match.hpp"

namespace ckpt::match {

namespace {

using Kind = TemplateItem::Kind;

/// sum of coefficient * variable = value
struct Equation {
  const CompiledItem* item;
  std::int64_t value;
};

constexpr std::size_t most_trials = 1 << 20;

/// Sets `variable` to `number`; returns false when it has another value already.
bool bind(Binding& binding, std::int64_t number) {
  if (binding.is_bound) return binding.number == number;
  binding = {.is_bound = true, .number = number};
  return true;
}

class Solver {
 public:
  Solver(const std::vector<Equation>& equations, const std::vector<Variable>& variables,
         Bindings& bindings)
      : equations_(equations), variables_(variables), bindings_(bindings) {}

  bool solve() {
    find_finite();
    const Bindings start = bindings_;
    std::optional<Bindings> solution;
    std::vector<std::size_t> place(finite_.size());
    do {
      bindings_ = start;
      for (std::size_t i = 0; i < finite_.size(); ++i)
        bind(bindings_[finite_[i]], variables_[finite_[i]].range[place[i]]);
      if (!propagate()) continue;
      if (solution) throw_ambiguous();
      solution = bindings_;
    } while (advance(place));
    if (!solution) return false;
    bindings_ = std::move(*solution);
    return true;
  }

 private:
  /// Lists the unknown variables with a range.
  void find_finite() {
    std::size_t trials = 1;
    for (const Equation& equation : equations_)
      for (const auto& [id, coefficient] : equation.item->coefficients) {
        const bool is_open = !bindings_[id].is_bound && !variables_[id].range.empty();
        if (!is_open || std::ranges::find(finite_, id) != finite_.end()) continue;
        finite_.push_back(id);
        trials *= variables_[id].range.size();
        if (trials > most_trials)
          throw RuleError("E06", concat("{", equation.item->text,
                                        "} has too many combinations of ranges to be solved"));
      }
  }

  bool advance(std::vector<std::size_t>& place) const {
    for (std::size_t i = place.size(); i-- > 0;) {
      if (++place[i] < variables_[finite_[i]].range.size()) return true;
      place[i] = 0;
    }
    return false;
  }

  /// Solves equations with one unknown until there are none. compile() has checked that all
  /// variables are known then.
  bool propagate() {
    std::vector<const Equation*> open;
    for (const Equation& equation : equations_) open.push_back(&equation);
    while (!open.empty()) {
      const std::size_t before = open.size();
      bool is_contradicted = false;
      std::erase_if(open, [&](const Equation* equation) {
        const std::optional<bool> is_solved = solve_one(*equation);
        is_contradicted = is_contradicted || (is_solved && !*is_solved);
        return is_solved.has_value();
      });
      if (is_contradicted || open.size() == before) return false;
    }
    return true;
  }

  /// Nothing while more than one variable is unknown; false for a contradiction.
  std::optional<bool> solve_one(const Equation& equation) {
    std::int64_t rest = equation.value;
    const std::pair<VariableId, std::int64_t>* unknown = nullptr;
    for (const auto& term : equation.item->coefficients) {
      if (!bindings_[term.first].is_bound) {
        if (unknown) return std::nullopt;
        unknown = &term;
        continue;
      }
      std::int64_t product = 0;
      if (__builtin_mul_overflow(term.second, bindings_[term.first].number, &product) ||
          __builtin_sub_overflow(rest, product, &rest))
        return false;
    }
    if (!unknown) return rest == 0;
    if (rest % unknown->second != 0 || rest / unknown->second < 0) return false;
    return bind(bindings_[unknown->first], rest / unknown->second);
  }

  [[noreturn]] void throw_ambiguous() const {
    throw RuleError("E06",
                    concat("{", equations_.front().item->text,
                           "} = ", equations_.front().value + equations_.front().item->constant,
                           " has more than one solution"),
                    "narrow the ranges of its variables");
  }

  const std::vector<Equation>& equations_;
  const std::vector<Variable>& variables_;
  Bindings& bindings_;
  std::vector<VariableId> finite_;
};

bool bind_word(const CompiledItem& item, std::string_view word, const Variable& variable,
               Binding& binding) {
  const auto place = item.place_of_word.find(std::string(word));
  if (place == item.place_of_word.end()) return false;
  return bind(binding, variable.range.empty() ? static_cast<std::int64_t>(place->second)
                                              : variable.range[place->second]);
}

std::string number_in(const CompiledItem& item, const Bindings& bindings) {
  std::int64_t number = item.constant;
  bool is_too_large = false;
  for (const auto& [id, coefficient] : item.coefficients) {
    std::int64_t product = 0;
    is_too_large = __builtin_mul_overflow(coefficient, bindings[id].number, &product) ||
                   __builtin_add_overflow(number, product, &number) || is_too_large;
  }
  if (is_too_large) throw RuleError("E06", concat("{", item.text, "} is too large"));
  return concat(number);
}

std::string values_text(const CompiledItem& item, const Bindings& bindings,
                        const std::vector<Variable>& variables) {
  std::vector<std::string> texts;
  for (const auto& [id, coefficient] : item.coefficients)
    texts.push_back(concat(variables[id].name, " = ", bindings[id].number));
  return join(texts, ", ");
}

}  // namespace

std::optional<std::size_t> find_place(std::span<const std::int64_t> values, std::int64_t value) {
  if (values.empty()) return std::nullopt;
  const auto in_run =
      static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(values.front());
  if (in_run < values.size() && values[static_cast<std::size_t>(in_run)] == value)
    return static_cast<std::size_t>(in_run);
  const auto found = std::ranges::find(values, value);
  if (found == values.end()) return std::nullopt;
  return static_cast<std::size_t>(found - values.begin());
}

std::optional<Bindings> solve(const CompiledTemplate& key_template,
                              const std::vector<std::string_view>& captures,
                              const std::vector<Variable>& variables) {
  Bindings bindings(variables.size());
  std::vector<Equation> equations;
  std::size_t next = 0;
  for (const CompiledItem& item : key_template) {
    if (item.kind == Kind::literal) continue;
    const std::string_view text = captures[next++];
    if (item.kind == Kind::number) {
      const auto number = find_integer(text);
      if (!number) return std::nullopt;
      std::int64_t value = 0;
      if (__builtin_sub_overflow(*number, item.constant, &value)) return std::nullopt;
      equations.push_back({&item, value});
    } else if (item.kind == Kind::star || item.kind == Kind::double_star) {
      bindings[item.variable] = {.is_bound = true, .text = text};
    } else if (!bind_word(item, text, variables[item.variable], bindings[item.variable])) {
      return std::nullopt;
    }
  }
  if (!equations.empty() && !Solver(equations, variables, bindings).solve()) return std::nullopt;
  return bindings;
}

std::string render(const CompiledTemplate& key_template, const Bindings& bindings,
                   const std::vector<Variable>& variables) {
  std::string key;
  for (const CompiledItem& item : key_template) {
    if (item.kind == Kind::literal) {
      key += item.text;
    } else if (item.kind == Kind::star || item.kind == Kind::double_star) {
      key += bindings[item.variable].text;
    } else if (item.kind == Kind::number) {
      const std::string number = number_in(item, bindings);
      if (number.starts_with('-'))
        throw RuleError("E06",
                        concat("{", item.text, "} is ", number, " for ",
                               values_text(item, bindings, variables)),
                        "numbers in keys count from 0");
      key += number;
    } else {
      const std::vector<std::int64_t>& range = variables[item.variable].range;
      const std::int64_t value = bindings[item.variable].number;
      key +=
          item.words[range.empty() ? static_cast<std::size_t>(value) : *find_place(range, value)];
    }
  }
  return key;
}

}  // namespace ckpt::match
