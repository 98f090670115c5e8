#include "edit/plain/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace ckpt::edit {

namespace {

using model::DType;
using model::Kind;
using model::NodeId;
using model::Tree;

template <class Number>
Number number_from(std::string_view bytes) {
  Number number{};
  std::memcpy(&number, bytes.data(), std::min(sizeof number, bytes.size()));
  return number;
}

/// Half precision to double, exactly.
double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31;
  const double mantissa = bits & 1023;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 31)
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  if (exponent == 0) return sign * mantissa / 16777216;
  return sign * (1 + mantissa / 1024) * std::ldexp(1.0, exponent - 15);
}

std::string_view fill_integer(Tree& tree, NodeId id, std::int64_t number) {
  tree.fill_integer(id, number);
  return "int";
}

std::string_view fill_real(Tree& tree, NodeId id, double number) {
  tree.fill_real(id, number);
  return "float";
}

std::string_view fill_unsigned(Tree& tree, NodeId id, std::uint64_t number) {
  if (number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return fill_integer(tree, id, static_cast<std::int64_t>(number));
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xFF);
  tree.fill_text(id, Kind::big_integer, bytes + '\0');
  return "int";
}

/// complex(real, imaginary), as Python pickles it.
std::string_view fill_complex(Tree& tree, NodeId id, DType dtype, std::string_view bytes) {
  const std::string_view second = bytes.substr(bytes.size() / 2);
  const bool is_double = dtype == DType::complex128;
  const std::array<NodeId, 2> parts{tree.add(), tree.add()};
  tree.fill_real(parts[0], is_double ? number_from<double>(bytes) : number_from<float>(bytes));
  tree.fill_real(parts[1], is_double ? number_from<double>(second) : number_from<float>(second));
  const NodeId callable = tree.add();
  tree.fill_symbol(callable, "builtins", "complex");
  const model::NodeId args = tree.add_tuple(parts);
  tree.fill_object(id, {.callable = callable, .args = args});
  return "complex";
}

}  // namespace

std::string_view fill_number(Tree& tree, NodeId id, DType dtype, std::string_view bytes) {
  switch (dtype) {
    case DType::float64:
      return fill_real(tree, id, number_from<double>(bytes));
    case DType::float32:
      return fill_real(tree, id, number_from<float>(bytes));
    case DType::float16:
      return fill_real(tree, id, half_value(number_from<std::uint16_t>(bytes)));
    case DType::int64:
      return fill_integer(tree, id, number_from<std::int64_t>(bytes));
    case DType::int32:
      return fill_integer(tree, id, number_from<std::int32_t>(bytes));
    case DType::int16:
      return fill_integer(tree, id, number_from<std::int16_t>(bytes));
    case DType::int8:
      return fill_integer(tree, id, number_from<std::int8_t>(bytes));
    case DType::boolean:
      tree.fill_boolean(id, number_from<std::uint8_t>(bytes) != 0);
      return "bool";
    case DType::uint64:
    case DType::uint32:
    case DType::uint16:
    case DType::uint8:
      return fill_unsigned(tree, id, number_from<std::uint64_t>(bytes));
    default:
      return fill_complex(tree, id, dtype, bytes);
  }
}

}  // namespace ckpt::edit
