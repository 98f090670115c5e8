#include "commands/describe.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::commands {

namespace {

using model::Kind;

constexpr std::size_t longest_shown_bytes = 200;

std::string shortened(std::string_view text) {
  if (text.size() <= longest_shown_bytes) return std::string(text);
  std::size_t end = longest_shown_bytes;
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return concat(text.substr(0, end), "... (", text.size(), " bytes)");
}

std::string symbol_text(model::Symbol symbol) {
  const bool is_builtin = symbol.module == "__builtin__" || symbol.module == "builtins";
  return is_builtin ? std::string(symbol.name) : concat(symbol.module, '.', symbol.name);
}

/// Divides the number in `digits`, base 2^32 and least significant first, by 10^9.
std::uint32_t divide_by_billion(std::vector<std::uint32_t>& digits) {
  std::uint64_t rest = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    const std::uint64_t part = (rest << 32) | digits[i];
    digits[i] = static_cast<std::uint32_t>(part / 1'000'000'000);
    rest = part % 1'000'000'000;
  }
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  return static_cast<std::uint32_t>(rest);
}

/// Two's complement, little endian, to digits of the magnitude.
std::vector<std::uint32_t> magnitude_of(std::string_view bytes, bool is_negative) {
  std::vector<std::uint32_t> digits((bytes.size() + 3) / 4);
  std::uint32_t carry = is_negative ? 1 : 0;
  for (std::size_t i = 0; i < digits.size() * 4; ++i) {
    const auto stored =
        static_cast<unsigned char>(i < bytes.size() ? bytes[i] : (is_negative ? '\xff' : '\0'));
    const std::uint32_t byte = (is_negative ? static_cast<unsigned char>(~stored) : stored) + carry;
    carry = byte >> 8;
    digits[i / 4] |= (byte & 0xFF) << (8 * (i % 4));
  }
  return digits;
}

std::string big_integer_text(std::string_view bytes) {
  constexpr std::size_t most_bytes = 4096;  // the conversion takes quadratic time
  if (bytes.size() > most_bytes) return concat("an integer of ", bytes.size(), " bytes");
  const bool is_negative = !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
  std::vector<std::uint32_t> digits = magnitude_of(bytes, is_negative);
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::string reversed;
  while (!digits.empty()) {
    std::uint32_t part = divide_by_billion(digits);
    for (int i = 0; i < 9 && (part > 0 || !digits.empty()); ++i, part /= 10)
      reversed += static_cast<char>('0' + part % 10);
  }
  if (reversed.empty()) reversed = "0";
  if (is_negative) reversed += '-';
  std::ranges::reverse(reversed);
  return reversed;
}

std::string tensor_text(const model::Tensor& tensor) {
  return concat(model::row_of(tensor.dtype).name, ' ', shape_text(tensor.layout.shape));
}

}  // namespace

std::string integer_text(const model::Tree& tree, model::NodeId id) {
  return tree.is(id, Kind::integer) ? concat(tree.integer(id)) : big_integer_text(tree.text(id));
}

std::string type_text(const model::Tree& tree, model::NodeId id) {
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
      return tree.dict_type(id) == model::DictType::ordered ? "OrderedDict" : "dict";
    case Kind::symbol:
      return "global";
    case Kind::object: {
      const model::NodeId callable = tree.object(id).callable;
      return tree.is(callable, Kind::symbol) ? symbol_text(tree.symbol(callable)) : "object";
    }
    case Kind::storage:
      return "storage";
    case Kind::tensor:
      return "tensor";
    case Kind::external:
      return "external reference";
  }
  return {};
}

std::string value_text(const model::Tree& tree, model::NodeId id) {
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

}  // namespace ckpt::commands
