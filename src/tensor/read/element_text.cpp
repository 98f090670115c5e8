// The text of an element: the shortest decimal that rounds back to it.
//
// The standard library finds it for doubles. For narrower formats, the nearest decimals of 1, 2, 3,
// ... digits are tried until one encodes to the same element.
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "ckpt/base/text.hpp"
#include "ckpt/tensor/elements.hpp"
#include "tensor/read/float_codes.hpp"

namespace ckpt::tensor {

using model::DType;
using model::NumberClass;

namespace {

double parsed(const char* begin, const char* end) {
  double number = 0;
  std::from_chars(begin, end, number);
  return number;
}

double shortest_of_float32(float value) {
  std::array<char, 40> digits{};
  // Without a format, to_chars prints large numbers in fixed notation with unnecessary digits.
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  return parsed(digits.data(), end);
}

bool rounds_to(DType dtype, double decimal, double value) {
  // In float8_e4m3fn everything too large becomes 448, but only decimals that are nearer to 448
  // than to the next step of 32 round to it.
  constexpr double e4m3fn_limit = 464;
  if (dtype == DType::float8_e4m3fn && std::fabs(decimal) > e4m3fn_limit) return false;
  std::array<std::byte, 8> element{};
  encode_float(dtype, decimal, element.data());
  return decode_float(dtype, element.data()) == value;
}

/// The decimal with `digit_count` significant digits that is nearest to `value`.
double nearest_decimal(double value, int digit_count) {
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                 std::chars_format::scientific, digit_count - 1)
                       .ptr;
  return parsed(digits.data(), end);
}

/// A decimal with `digit_count` digits that rounds to `value`, if there is one.
std::optional<double> find_decimal(DType dtype, double value, int digit_count) {
  const double nearest = nearest_decimal(value, digit_count);
  if (rounds_to(dtype, nearest, value)) return nearest;
  // Above a power of two, elements are twice as far apart as below it. A decimal on the upper side
  // may then round to the element when a nearer one on the lower side does not: 0.015625 is
  // 0.01563.
  const double above = nearest_decimal(2 * value - nearest, digit_count);
  if (rounds_to(dtype, above, value)) return above;
  return std::nullopt;
}

/// A double whose shortest decimal is the shortest decimal of `value` in `dtype`.
double shortest_decimal(DType dtype, double value) {
  if (dtype == DType::float64) return value;
  if (dtype == DType::float32) return shortest_of_float32(static_cast<float>(value));
  constexpr int enough_digits = 9;
  for (int digit_count = 1; digit_count < enough_digits; ++digit_count) {
    if (const auto decimal = find_decimal(dtype, value, digit_count)) return *decimal;
  }
  return shortest_of_float32(static_cast<float>(value));
}

std::string complex_text(DType part, std::complex<double> value) {
  const std::string imaginary = float_text(part, std::fabs(value.imag()));
  return concat(float_text(part, value.real()), std::signbit(value.imag()) ? "-" : "+", imaginary,
                "j");
}

}  // namespace

std::string float_text(DType dtype, double value) {
  if (!std::isfinite(value) || value == 0) return real_text(value);
  return real_text(shortest_decimal(dtype, value));
}

std::string element_text(DType dtype, ByteView element) {
  const Number number = decode(dtype, element);
  switch (model::row_of(dtype).number_class) {
    case NumberClass::floating:
      return float_text(dtype, std::get<double>(number));
    case NumberClass::boolean:
      return std::get<bool>(number) ? "True" : "False";
    case NumberClass::complex:
      return complex_text(part_of_complex(dtype), std::get<std::complex<double>>(number));
    case NumberClass::bits:
      return hex_text(std::get<std::uint64_t>(number));
    case NumberClass::signed_integer:
    case NumberClass::unsigned_integer:
    case NumberClass::quantized:
      break;
  }
  if (const auto* integer = std::get_if<std::int64_t>(&number)) return concat(*integer);
  return concat(std::get<std::uint64_t>(number));
}

}  // namespace ckpt::tensor
