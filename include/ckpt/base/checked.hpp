// Checked arithmetic for sizes that come from a file. A hostile file may declare a shape of 2^62 x
// 2^62: the product must be an error, not a small number that passes the next check.
#pragma once

#include <concepts>
#include <optional>
#include <string_view>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"

namespace ckpt {

/// a + b, or nothing when Number cannot hold it.
template <std::integral Number>
std::optional<Number> find_sum(Number a, Number b) {
  Number sum{};
  return __builtin_add_overflow(a, b, &sum) ? std::nullopt : std::optional(sum);
}

/// a * b, or nothing when Number cannot hold it.
template <std::integral Number>
std::optional<Number> find_product(Number a, Number b) {
  Number product{};
  return __builtin_mul_overflow(a, b, &product) ? std::nullopt : std::optional(product);
}

/// a + b. Throws Error{limit} naming `what` when the sum cannot be represented.
template <std::integral Number>
Number checked_add(Number a, Number b, std::string_view what) {
  if (const auto sum = find_sum(a, b)) return *sum;
  throw Error(ErrorKind::limit, concat(what, ": ", a, " + ", b, " is too large"));
}

/// a * b. Throws Error{limit} naming `what` when the product cannot be represented.
template <std::integral Number>
Number checked_multiply(Number a, Number b, std::string_view what) {
  if (const auto product = find_product(a, b)) return *product;
  throw Error(ErrorKind::limit, concat(what, ": ", a, " * ", b, " is too large"));
}

}  // namespace ckpt
