// A recursive descent parser with a limit on nesting, which evaluates while it parses. A value is a
// number plus multiples of variables; multiplying two values with variables is an error.

#include "match/rules/expression.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"
#include "match/rules/text.hpp"

namespace ckpt::match {

namespace {

constexpr int deepest_nesting = 100;

/// A number plus multiples of variables.
struct Linear {
  std::map<std::string, Number> coefficients = {};
  Number constant = std::int64_t{0};
  bool is_constant() const { return coefficients.empty(); }
};

enum class Free : std::uint8_t { refused, variables };

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_zero(const Number& number) { return to_real(number) == 0; }

[[noreturn]] void throw_overflow() {
  throw RuleError("E06", "a number is too large", "numbers have 63 bits");
}

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) throw_overflow();
  return result;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) throw_overflow();
  return result;
}

bool are_whole(const Number& a, const Number& b) { return a.index() == 0 && b.index() == 0; }

Number times(const Number& a, const Number& b) {
  if (are_whole(a, b)) return product(std::get<0>(a), std::get<0>(b));
  return to_real(a) * to_real(b);
}

Number plus(const Number& a, const Number& b) {
  if (are_whole(a, b)) return sum(std::get<0>(a), std::get<0>(b));
  return to_real(a) + to_real(b);
}

Number negative(const Number& a) { return times(a, std::int64_t{-1}); }

Number quotient(const Number& a, const Number& b) {
  if (is_zero(b)) throw RuleError("E06", "a division by zero");
  if (are_whole(a, b) && std::get<0>(b) != -1 && std::get<0>(a) % std::get<0>(b) == 0)
    return std::get<0>(a) / std::get<0>(b);
  if (are_whole(a, b) && std::get<0>(b) == -1) return negative(a);
  return to_real(a) / to_real(b);
}

/// Has the sign of the divisor, as in Python.
Number remainder(const Number& a, const Number& b) {
  if (is_zero(b)) throw RuleError("E06", "a division by zero");
  if (are_whole(a, b)) {
    if (std::get<0>(b) == -1) return std::int64_t{0};
    const std::int64_t rest = std::get<0>(a) % std::get<0>(b);
    return rest != 0 && (rest < 0) != (std::get<0>(b) < 0) ? rest + std::get<0>(b) : rest;
  }
  return to_real(a) - std::floor(to_real(a) / to_real(b)) * to_real(b);
}

Linear combined(Linear a, const Linear& b, std::int64_t factor) {
  a.constant = plus(a.constant, times(b.constant, factor));
  for (const auto& [name, coefficient] : b.coefficients) {
    const auto [known, is_new] = a.coefficients.try_emplace(name, std::int64_t{0});
    known->second = plus(known->second, times(coefficient, factor));
    if (is_zero(known->second)) a.coefficients.erase(known);
  }
  return a;
}

Linear scaled(Linear a, const Number& factor, Number (*operation)(const Number&, const Number&)) {
  a.constant = operation(a.constant, factor);
  for (auto& [name, coefficient] : a.coefficients) coefficient = operation(coefficient, factor);
  std::erase_if(a.coefficients, [](const auto& entry) { return is_zero(entry.second); });
  return a;
}

class Parser {
 public:
  Parser(std::string_view text, const Names& names, Free free)
      : text_(text), names_(names), free_(free) {}

  Linear parse() {
    Linear value = read_sum(0);
    skip_blanks();
    if (position_ < text_.size()) fail(concat("unexpected ", quote(text_.substr(position_, 1))));
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw RuleError("E01", concat(what, " in the expression ", quote(text_)));
  }

  [[noreturn]] void fail_affine() const {
    throw RuleError("E06", concat("{", text_, "} is not affine in its variables"),
                    "numbers may be multiplied by constants and added: {2*i+1}, {n-1-i}");
  }

  void skip_blanks() {
    while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_])))
      ++position_;
  }

  char peek() {
    skip_blanks();
    return position_ < text_.size() ? text_[position_] : '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted) return false;
    ++position_;
    return true;
  }

  void expect(char wanted) {
    if (!take(wanted)) fail(concat("expected '", wanted, "'"));
  }

  Linear read_sum(int depth) {
    Linear value = read_product(depth);
    while (true) {
      if (take('+')) {
        value = combined(std::move(value), read_product(depth), 1);
      } else if (take('-')) {
        value = combined(std::move(value), read_product(depth), -1);
      } else {
        return value;
      }
    }
  }

  Linear read_product(int depth) {
    Linear value = read_atom(depth);
    while (true) {
      if (take('*')) {
        const Linear other = read_atom(depth);
        if (!value.is_constant() && !other.is_constant()) fail_affine();
        value = other.is_constant() ? scaled(std::move(value), other.constant, times)
                                    : scaled(other, value.constant, times);
      } else if (take('/')) {
        value = scaled(std::move(value), constant_of(read_atom(depth)), quotient);
      } else if (take('%')) {
        value = {{}, remainder(constant_of(value), constant_of(read_atom(depth)))};
      } else {
        return value;
      }
    }
  }

  Number constant_of(const Linear& value) const {
    if (!value.is_constant()) fail_affine();
    return value.constant;
  }

  Linear read_atom(int depth) {
    if (depth > deepest_nesting) fail("too many parentheses");
    const char next = peek();
    if (next == '\0') fail("something is missing");
    if (take('(')) {
      Linear value = read_sum(depth + 1);
      expect(')');
      return value;
    }
    if (take('-')) return combined({}, read_atom(depth + 1), -1);
    if (is_digit(next)) return {{}, read_number()};
    if (is_name_start(next)) return read_name(depth);
    fail(concat("unexpected ", quote(std::string_view(&next, 1))));
  }

  Number read_number() {
    const std::size_t first = position_;
    const auto skip_digits = [&] {
      while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
    };
    skip_digits();
    const bool has_fraction =
        position_ + 1 < text_.size() && text_[position_] == '.' && is_digit(text_[position_ + 1]);
    if (has_fraction) {
      ++position_;
      skip_digits();
    }
    const bool has_exponent = take_exponent();
    const std::string_view digits = text_.substr(first, position_ - first);
    if (has_fraction || has_exponent) {
      double value = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
      return value;
    }
    const auto whole = find_integer(digits);
    if (!whole) throw_overflow();
    return *whole;
  }

  bool take_exponent() {
    std::size_t end = position_;
    if (end >= text_.size() || (text_[end] != 'e' && text_[end] != 'E')) return false;
    ++end;
    if (end < text_.size() && (text_[end] == '-' || text_[end] == '+')) ++end;
    if (end >= text_.size() || !is_digit(text_[end])) return false;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    position_ = end;
    return true;
  }

  Linear read_name(int depth) {
    const std::size_t first = position_;
    while (position_ < text_.size() && is_name_part(text_[position_])) ++position_;
    const std::string_view name = text_.substr(first, position_ - first);
    if (name == "sqrt" && take('(')) {
      const double value = to_real(constant_of(read_sum(depth + 1)));
      expect(')');
      return {{}, std::sqrt(value)};
    }
    if (name == "dim" && take('(')) return {{}, read_dim()};
    if (const auto known = names_.values.find(name); known != names_.values.end())
      return {{}, known->second};
    if (free_ == Free::refused) throw_unknown(name);
    return {{{std::string(name), std::int64_t{1}}}, std::int64_t{0}};
  }

  Number read_dim() {
    const std::size_t comma = text_.find(',', position_);
    if (comma == std::string_view::npos) fail("expected dim(KEY, n)");
    std::string_view key = text_.substr(position_, comma - position_);
    while (!key.empty() && (key.front() == ' ' || key.front() == '"')) key.remove_prefix(1);
    while (!key.empty() && (key.back() == ' ' || key.back() == '"')) key.remove_suffix(1);
    position_ = comma + 1;
    const std::int64_t dimension = to_whole(constant_of(read_sum(1)), "the dimension of dim()");
    expect(')');
    if (!names_.size_of) fail("dim() belongs into a let");
    return names_.size_of(key, dimension);
  }

  [[noreturn]] void throw_unknown(std::string_view name) const {
    std::vector<std::string> known;
    for (const auto& [other, value] : names_.values) known.push_back(other);
    std::string hint = did_you_mean(find_closest(name, known));
    if (hint.empty())
      hint = concat("declare it: param ", name, ", and give its value: -D ", name, "=N");
    throw RuleError("E02",
                    concat("unknown name ", quote(name),
                           name == text_ ? std::string() : concat(" in ", quote(text_))),
                    std::move(hint));
  }

  std::string_view text_;
  const Names& names_;
  Free free_;
  std::size_t position_ = 0;
};

}  // namespace

double to_real(const Number& number) {
  return number.index() == 0 ? static_cast<double>(std::get<0>(number)) : std::get<1>(number);
}

std::string number_text(const Number& number) {
  return number.index() == 0 ? concat(std::get<0>(number)) : real_text(std::get<1>(number));
}

std::int64_t to_whole(const Number& number, std::string_view what) {
  if (number.index() == 0) return std::get<0>(number);
  const double real = std::get<1>(number);
  if (real == std::floor(real) && std::abs(real) < 9e15) return static_cast<std::int64_t>(real);
  throw RuleError("E01", concat(what, " must be a whole number, and is ", number_text(number)));
}

Number evaluate(std::string_view text, const Names& names) {
  return Parser(trimmed(text), names, Free::refused).parse().constant;
}

Affine affine_form(std::string_view text, const Names& names) {
  const Linear linear = Parser(text, names, Free::variables).parse();
  Affine affine;
  const auto whole = [&](const Number& number) {
    if (number.index() == 0) return std::get<0>(number);
    const double real = std::get<1>(number);
    if (real != std::floor(real) || std::abs(real) > 9e15)
      throw RuleError("E06", concat("{", text, "} is not affine in whole numbers"));
    return static_cast<std::int64_t>(real);
  };
  affine.constant = whole(linear.constant);
  for (const auto& [name, coefficient] : linear.coefficients)
    affine.coefficients[name] = whole(coefficient);
  return affine;
}

}  // namespace ckpt::match
