#include "ckpt/model/describe.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ckpt/base/big_integer.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

constexpr std::size_t longest_shown_bytes = 200;

std::string shortened(std::string_view text) {
  if (text.size() <= longest_shown_bytes) return std::string(text);
  std::size_t end = longest_shown_bytes;
  // Do not cut a character in two.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return concat(text.substr(0, end), "... (", text.size(), " bytes)");
}

std::string symbol_text(Symbol symbol) {
  const bool is_builtin = symbol.module == "__builtin__" || symbol.module == "builtins";
  return is_builtin ? std::string(symbol.name) : concat(symbol.module, '.', symbol.name);
}

std::string callable_text(const Tree& tree, NodeId object) {
  const NodeId callable = tree.object(object).callable;
  return tree.is(callable, Kind::symbol) ? symbol_text(tree.symbol(callable)) : "object";
}

std::string dict_type_text(const Tree& tree, NodeId dict) {
  switch (tree.dict_type(dict)) {
    case DictType::plain:
      return "dict";
    case DictType::ordered:
      return "OrderedDict";
    case DictType::custom:
      return callable_text(tree, tree.maker(dict));
  }
  return {};
}

std::string tensor_text(const Tensor& tensor) {
  return concat(row_of(tensor.dtype).name, ' ', shape_text(tensor.layout.shape));
}

}  // namespace

std::string integer_text(const Tree& tree, NodeId id) {
  return tree.is(id, Kind::integer) ? concat(tree.integer(id)) : big_integer_text(tree.text(id));
}

std::string type_text(const Tree& tree, NodeId id) {
  switch (tree.kind(id)) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
    case Kind::big_integer:
      return "int";
    case Kind::real:
      return "float";
    case Kind::text:
      return "str";
    case Kind::raw_text:
      return "str (Python 2)";
    case Kind::bytes:
      return "bytes";
    case Kind::byte_array:
      return "bytearray";
    case Kind::tuple:
      return "tuple";
    case Kind::list:
      return "list";
    case Kind::set:
      return "set";
    case Kind::frozen_set:
      return "frozenset";
    case Kind::dict:
      return dict_type_text(tree, id);
    case Kind::symbol:
      return "global";
    case Kind::object:
      return callable_text(tree, id);
    case Kind::storage:
      return "storage";
    case Kind::tensor:
      return "tensor";
    case Kind::external:
      return "external reference";
  }
  return {};
}

std::string value_text(const Tree& tree, NodeId id) {
  switch (tree.kind(id)) {
    case Kind::none:
      return "None";
    case Kind::boolean:
      return tree.boolean(id) ? "True" : "False";
    case Kind::integer:
    case Kind::big_integer:
      return integer_text(tree, id);
    case Kind::real:
      return real_text(tree.real(id));
    case Kind::text:
      return shortened(tree.text(id));
    case Kind::raw_text:
    case Kind::bytes:
    case Kind::byte_array:
      return counted(tree.text(id).size(), "byte");
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
      return counted(tree.items(id).size(), "item");
    case Kind::dict:
      return counted(tree.entries(id).size(), "entry", "entries");
    case Kind::symbol:
      return symbol_text(tree.symbol(id));
    case Kind::storage:
      return counted(tree.storage_of(tree.storage(id)).size_bytes(), "byte");
    case Kind::tensor:
      return tensor_text(tree.tensor(id));
    case Kind::object:
    case Kind::external:
      return {};
  }
  return {};
}

std::string items_text(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::tuple) && !tree.is(id, Kind::list)) return value_text(tree, id);
  std::vector<std::string> items;
  for (const NodeId item : tree.items(id)) items.push_back(value_text(tree, item));
  return concat("(", join(items, ", "), ")");
}

std::string shape_cell(const Tensor& tensor) {
  const std::string shape = shape_text(tensor.layout.shape);
  if (tensor.form == TensorForm::strided) return shape;
  return concat(shape, ' ', form_name(tensor.form));
}

}  // namespace ckpt::model
