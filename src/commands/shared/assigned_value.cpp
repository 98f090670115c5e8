#include "commands/shared/assigned_value.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "ckpt/base/big_integer.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/tensor/elements.hpp"
#include "commands/shared/describe.hpp"

namespace ckpt::commands {

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

/// The old tensor, to be filled with the value.
NodeId fill_tensor(const Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  const model::Tensor& tensor = tree.tensor(old);
  const model::NumberClass number_class = model::row_of(tensor.dtype).number_class;
  std::optional<double> number = parse_real(value);
  if (tensor.dtype == model::DType::boolean)
    if (const auto truth = parse_boolean(value)) number = *truth ? 1 : 0;
  const bool is_one = tensor.form == model::TensorForm::strided &&
                      tensor.storage != model::no_storage &&
                      model::element_count(tensor.layout.shape) == 1;
  if (!is_one) throw_wrong_type(tree, old, value, "a tensor of one element there");
  if (!number) throw_wrong_type(tree, old, value, "a number");
  if (tensor.source != model::no_node)
    throw_wrong_type(tree, old, value, "a tensor without quantisation, attributes and flags there");
  const std::optional<std::int64_t> whole = find_integer(value);
  const bool is_float =
      number_class == model::NumberClass::floating || number_class == model::NumberClass::complex;
  fills.add(tree, old, whole && !is_float ? tensor::Number(*whole) : tensor::Number(*number));
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

NodeId add_real(Tree& tree, double value) {
  const NodeId node = tree.add();
  tree.fill_real(node, value);
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

/// None has no type to keep: the value is what Python would read.
NodeId make_in_place_of_none(Tree& tree, const std::string& value) {
  if (const auto truth = parse_boolean(value)) return add_boolean(tree, *truth);
  if (const auto number = find_integer_value(tree, value)) return *number;
  if (const auto number = parse_real(value)) return add_real(tree, *number);
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
      return add_real(tree, *number);
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

/// A tuple is another tuple afterwards, so that others who hold the old one keep it.
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

}  // namespace

NodeId make_assigned_value(Tree& tree, NodeId old, const std::string& value, TensorFills& fills) {
  if (tree.is(old, Kind::tuple) || tree.is(old, Kind::list))
    return make_sequence(tree, old, value, fills);
  return make_leaf(tree, old, value, fills);
}

}  // namespace ckpt::commands
