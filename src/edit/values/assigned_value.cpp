#include "edit/values/assigned_value.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <complex>
#include <limits>
#include <optional>
#include <vector>

#include "ckpt/base/big_integer.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

[[noreturn]] void throw_wrong_type(const Tree& tree, NodeId node, const std::string& value,
                                   std::string_view expected) {
  const std::string is = value_text(tree, node);
  throw Error(ErrorKind::conflict,
              concat("is ", is, is.empty() ? "" : ", ", "of type ", type_text(tree, node),
                     ": expected ", expected, ", got ", quote(value)));
}

std::optional<double> parse_real(std::string_view text) {
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  return std::nullopt;
}

/// Complex numbers as Python writes them: 2j, 1+2j, (1-2.5j); also real numbers.
std::optional<std::complex<double>> parse_complex(std::string_view text) {
  if (text.starts_with('(') && text.ends_with(')')) text = text.substr(1, text.size() - 2);
  if (const auto real = parse_real(text)) return *real;
  if (!text.ends_with('j')) return std::nullopt;
  text.remove_suffix(1);
  if (const auto imaginary = parse_real(text)) return std::complex<double>(0, *imaginary);
  std::size_t sign = text.find_last_of("+-");
  if (sign != std::string_view::npos && sign > 0 &&
      (text[sign - 1] == 'e' || text[sign - 1] == 'E'))
    sign = text.find_last_of("+-", sign - 1);
  if (sign == std::string_view::npos || sign == 0) return std::nullopt;
  const auto real = parse_real(text.substr(0, sign));
  const auto imaginary = parse_real(text.substr(text[sign] == '+' ? sign + 1 : sign));
  if (!real || !imaginary) return std::nullopt;
  return std::complex<double>(*real, *imaginary);
}

/// Integers are not parsed as doubles, which would round those beyond 2^53.
std::optional<tensor::Number> parse_whole(std::string_view text) {
  if (const auto number = find_integer(text)) return *number;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return std::nullopt;
}

std::optional<tensor::Number> parse_element(model::DType dtype, const std::string& text) {
  const model::NumberClass number_class = model::row_of(dtype).number_class;
  if (number_class == model::NumberClass::complex) {
    if (const auto number = parse_complex(text)) return *number;
    return std::nullopt;
  }
  if (number_class == model::NumberClass::boolean)
    if (const auto truth = parse_boolean(text)) return *truth;
  if (number_class != model::NumberClass::floating) {
    if (const auto whole = parse_whole(text)) return whole;
    if (find_big_integer(text)) return std::nullopt;  // of more than 64 bits
  }
  if (const auto number = parse_real(text)) return *number;
  return std::nullopt;
}

/// The old tensor; its fill with the value is noted in `fills`.
NodeId fill_tensor(const Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  const model::Tensor& tensor = tree.tensor(old);
  const std::optional<tensor::Number> number = parse_element(tensor.dtype, value);
  const bool is_one = tensor.form == model::TensorForm::strided &&
                      tensor.storage != model::no_storage &&
                      model::element_count(tensor.layout.shape) == 1;
  if (!is_one) throw_wrong_type(tree, old, value, "a tensor of one element there");
  if (!number)
    throw_wrong_type(tree, old, value, concat("a number of ", model::row_of(tensor.dtype).name));
  if (tensor.source != model::no_node)
    throw_wrong_type(tree, old, value, "a tensor without quantisation, attributes and flags there");
  fills.add(tree, old, *number);
  return old;
}

NodeId add_none(Tree& tree) {
  const NodeId node = tree.add();
  tree.fill_none(node);
  return node;
}

NodeId add_boolean(Tree& tree, bool value) {
  const NodeId node = tree.add();
  tree.fill_boolean(node, value);
  return node;
}

/// An integer of any size, as Python has them.
std::optional<NodeId> find_integer_value(Tree& tree, const std::string& value) {
  if (const auto number = find_integer(value)) return tree.add_integer(*number);
  const auto large = find_big_integer(value);
  if (!large) return std::nullopt;
  const NodeId node = tree.add();
  tree.fill_text(node, Kind::big_integer, *large);
  return node;
}

/// None has no type to keep: the value is read as Python would read it.
NodeId make_in_place_of_none(Tree& tree, const std::string& value) {
  if (const auto truth = parse_boolean(value)) return add_boolean(tree, *truth);
  if (const auto number = find_integer_value(tree, value)) return *number;
  if (const auto number = parse_real(value)) return tree.add_real(*number);
  return tree.add_text(value);
}

NodeId make_leaf(Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  const Kind kind = tree.kind(old);
  const bool may_be_none = kind == Kind::none || kind == Kind::boolean || kind == Kind::integer ||
                           kind == Kind::big_integer || kind == Kind::real;
  if (may_be_none && value == "None") return add_none(tree);
  switch (kind) {
    case Kind::none:
      return make_in_place_of_none(tree, value);
    case Kind::boolean: {
      const auto truth = parse_boolean(value);
      if (!truth) throw_wrong_type(tree, old, value, "true or false");
      return add_boolean(tree, *truth);
    }
    case Kind::integer:
    case Kind::big_integer: {
      const auto number = find_integer_value(tree, value);
      if (!number) throw_wrong_type(tree, old, value, "an integer");
      return *number;
    }
    case Kind::real: {
      const auto number = parse_real(value);
      if (!number) throw_wrong_type(tree, old, value, "a number");
      return tree.add_real(*number);
    }
    case Kind::text:
      return tree.add_text(value);
    case Kind::tensor:
      return fill_tensor(tree, old, value, fills);
    default:
      throw_wrong_type(tree, old, value, "a number, a bool or a text there");
  }
}

std::string without_brackets(const std::string& value) {
  const bool has_brackets = value.size() >= 2 && ((value.front() == '(' && value.back() == ')') ||
                                                  (value.front() == '[' && value.back() == ']'));
  return has_brackets ? value.substr(1, value.size() - 2) : value;
}

/// Makes a new tuple, because other holders of the old one keep it.
NodeId make_sequence(Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  const std::vector<NodeId> items(tree.items(old).begin(), tree.items(old).end());
  const std::string inner = without_brackets(value);
  const std::vector<std::string_view> texts = split(inner, ',');
  if (texts.size() != items.size())
    throw_wrong_type(tree, old, value, counted(items.size(), "item"));
  std::vector<NodeId> made;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string text(texts[i]);
    text.erase(0, text.find_first_not_of(' '));
    made.push_back(make_leaf(tree, items[i], text, fills));
  }
  const NodeId node = tree.add();
  tree.fill_items(node, tree.kind(old), made);
  return node;
}

bool is_same_leaf(const Tree& tree_a, NodeId a, const Tree& tree_b, NodeId b) {
  if (&tree_a == &tree_b && a == b) return true;
  if (tree_a.kind(a) != tree_b.kind(b)) return false;
  switch (tree_a.kind(a)) {
    case Kind::none:
      return true;
    case Kind::boolean:
      return tree_a.boolean(a) == tree_b.boolean(b);
    case Kind::integer:
      return tree_a.integer(a) == tree_b.integer(b);
    case Kind::real:
      return std::bit_cast<std::uint64_t>(tree_a.real(a)) ==
             std::bit_cast<std::uint64_t>(tree_b.real(b));
    case Kind::big_integer:
    case Kind::text:
      return tree_a.text(a) == tree_b.text(b);
    default:
      return false;
  }
}

}  // namespace

bool is_same_written(const Tree& tree_a, NodeId a, const Tree& tree_b, NodeId b) {
  const Kind kind = tree_a.kind(a);
  if (kind != tree_b.kind(b) || (kind != Kind::tuple && kind != Kind::list))
    return is_same_leaf(tree_a, a, tree_b, b);
  return std::ranges::equal(tree_a.items(a), tree_b.items(b), [&](NodeId left, NodeId right) {
    return is_same_leaf(tree_a, left, tree_b, right);
  });
}

NodeId make_assigned_value(Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  if (tree.is(old, Kind::tuple) || tree.is(old, Kind::list))
    return make_sequence(tree, old, value, fills);
  return make_leaf(tree, old, value, fills);
}

}  // namespace ckpt::edit
