// Expressions of the rule language: numbers, names, + - * / %, sqrt(x), and dim(KEY, n) when keys
// are known. In a template, names without a value are variables, and the expression must be affine
// in them:
//
//   3*a+b+1   ->  a: 3, b: 1, constant 1
//   i*i       ->  E06
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace ckpt::match {

/// Whole numbers stay whole where possible: 8/2 is 4, 1/2 is 0.5.
using Number = std::variant<std::int64_t, double>;

double to_real(const Number& number);
std::string number_text(const Number& number);
/// Throws RuleError E01 naming `what` unless the number is whole.
std::int64_t to_whole(const Number& number, std::string_view what);

/// The values of names while an expression is evaluated.
struct Names {
  std::map<std::string, Number, std::less<>> values = {};
  /// The size of a dimension of a key; throws RuleError. Without this function, dim() is refused.
  std::function<Number(std::string_view key, std::int64_t dimension)> size_of = {};
};

/// Throws RuleError: E01 for a malformed expression, E02 for a name without a value.
Number evaluate(std::string_view text, const Names& names);

/// constant + sum of coefficient * variable, in whole numbers.
struct Affine {
  std::map<std::string, std::int64_t> coefficients = {};  ///< none is 0
  std::int64_t constant = 0;
};

/// Names without a value are variables. Throws RuleError E06 when the expression is not affine in
/// them or not in whole numbers.
Affine affine_form(std::string_view text, const Names& names);

}  // namespace ckpt::match
