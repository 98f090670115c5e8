// numpy in pickles:
//
//   scalar(dtype, bytes)                                          a number
//   _reconstruct(ndarray, (0,), b'b') + (1, shape, dtype, is_fortran, bytes)   an array
//   dtype('f4', False, True) + (3, '<', ...)                      an element type
#include <algorithm>
#include <array>
#include <cstring>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/blob.hpp"
#include "edit/plain/numbers.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::DType;
using model::Kind;
using model::NodeId;
using model::Tree;

struct CodeRow {
  std::string_view code;
  DType dtype;
};
constexpr auto codes = std::to_array<CodeRow>({{"f8", DType::float64},
                                               {"f4", DType::float32},
                                               {"f2", DType::float16},
                                               {"i8", DType::int64},
                                               {"i4", DType::int32},
                                               {"i2", DType::int16},
                                               {"i1", DType::int8},
                                               {"u8", DType::uint64},
                                               {"u4", DType::uint32},
                                               {"u2", DType::uint16},
                                               {"u1", DType::uint8},
                                               {"b1", DType::boolean},
                                               {"c16", DType::complex128},
                                               {"c8", DType::complex64}});

struct NumpyType {
  std::string code = {};         ///< "f4", "U2"
  const CodeRow* row = nullptr;  ///< none for what torch has no type for
  bool is_big_endian = false;
};

/// Bytes of a text of type "U12"; nothing for what is no text, or an empty one.
std::optional<std::size_t> find_text_bytes(std::string_view code) {
  if (!code.starts_with('U')) return std::nullopt;
  const auto characters = find_unsigned(code.substr(1));
  constexpr std::uint64_t most_characters = 1 << 28;
  if (!characters || *characters == 0 || *characters > most_characters) return std::nullopt;
  return static_cast<std::size_t>(4 * *characters);
}

/// nullptr unless `type` is one that torch has.
const CodeRow* row_of(const std::optional<NumpyType>& type) { return type ? type->row : nullptr; }

std::span<const NodeId> tuple_items(const Tree& tree, NodeId id) {
  if (id == model::no_node || !tree.is(id, Kind::tuple)) return {};
  return tree.items(id);
}

std::optional<NumpyType> find_type(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::object)) return std::nullopt;
  const model::Object& object = tree.object(id);
  const auto args = tuple_items(tree, object.args);
  if (torch::symbol_path(tree, object.callable) != "numpy.dtype" || args.empty() ||
      !tree.is(args[0], Kind::text))
    return std::nullopt;
  NumpyType type{.code = std::string(tree.text(args[0]))};
  const auto row = std::ranges::find(codes, type.code, &CodeRow::code);
  if (row != codes.end()) type.row = &*row;
  for (const model::Step& step : object.steps) {
    const auto state = tuple_items(tree, step.value);
    if (state.size() > 1 && tree.is_text(state[1], ">")) type.is_big_endian = true;
  }
  return type;
}

/// Reverses the bytes of each number in `bytes`; a complex number is two.
void make_little_endian(std::string& bytes, const NumpyType& type, DType dtype) {
  if (!type.is_big_endian) return;
  std::size_t width = model::row_of(dtype).size_bytes;
  if (model::row_of(dtype).number_class == model::NumberClass::complex) width /= 2;
  for (std::size_t at = 0; at + width <= bytes.size(); at += width)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + width));
}

std::optional<std::vector<std::int64_t>> find_shape(const Tree& tree, NodeId id) {
  if (!tree.is(id, Kind::tuple)) return std::nullopt;
  std::vector<std::int64_t> shape;
  for (const NodeId size : tree.items(id)) {
    if (!tree.is(size, Kind::integer) || tree.integer(size) < 0) return std::nullopt;
    shape.push_back(tree.integer(size));
  }
  return shape;
}

std::optional<std::uint64_t> find_count(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    const auto product = find_product(count, static_cast<std::uint64_t>(size));
    if (!product) return std::nullopt;
    count = *product;
  }
  return count;
}

std::vector<std::int64_t> fortran_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides;
  std::int64_t stride = 1;
  for (const std::int64_t size : shape) {
    strides.push_back(stride);
    stride *= std::max<std::int64_t>(size, 1);
  }
  return strides;
}

/// A tensor with a storage of its own that holds `bytes`.
model::Tensor make_tensor(Tree& tree, DType dtype, model::Layout layout, std::string_view bytes) {
  const ByteView view = as_bytes(bytes);
  const model::StorageId storage = tree.add_storage(
      {.blob = model::make_memory_blob(Bytes(view.begin(), view.end())), .dtype = dtype});
  return {.dtype = dtype, .layout = std::move(layout), .storage = storage};
}

/// What the steps of an ndarray hold: one state (version, shape, dtype, is_fortran, data).
struct ArrayState {
  std::vector<std::int64_t> shape = {};
  NumpyType type = {};
  bool is_fortran = false;
  NodeId data = model::no_node;
};

std::optional<ArrayState> find_array_state(const Tree& tree, NodeId id) {
  const model::Object& object = tree.object(id);
  if (object.steps.size() != 1) return std::nullopt;
  const auto state = tuple_items(tree, object.steps[0].value);
  if (state.size() != 5 || !tree.is(state[3], Kind::boolean)) return std::nullopt;
  auto shape = find_shape(tree, state[1]);
  auto type = find_type(tree, state[2]);
  if (!shape || !type) return std::nullopt;
  return ArrayState{.shape = std::move(*shape),
                    .type = std::move(*type),
                    .is_fortran = tree.boolean(state[3]),
                    .data = state[4]};
}

std::string_view make_array(Tree& tree, NodeId id) {
  const auto state = find_array_state(tree, id);
  if (!state || state->type.row == nullptr) return "";
  const DType dtype = state->type.row->dtype;
  auto bytes = torch::find_bytes(tree, state->data);
  if (!bytes) return "";
  const auto count = find_count(state->shape);
  const auto size =
      count ? find_product<std::uint64_t>(*count, model::row_of(dtype).size_bytes) : std::nullopt;
  if (!size || *size != bytes->size()) return "";
  make_little_endian(*bytes, state->type, dtype);
  const auto strides =
      state->is_fortran ? fortran_strides(state->shape) : model::contiguous_strides(state->shape);
  tree.fill_tensor(
      id, make_tensor(tree, dtype, {.shape = state->shape, .stride_elements = strides}, *bytes));
  return "tensor";
}

/// The characters of numpy's U type: four bytes each, zeros at the end.
std::string utf32_text(std::string_view bytes, bool is_big_endian) {
  std::string text;
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    std::string character(bytes.substr(at, 4));
    if (is_big_endian) std::ranges::reverse(character);
    std::uint32_t code = 0;
    std::memcpy(&code, character.data(), sizeof code);
    if (code == 0) break;
    if (code <= 0x10FFFF) append_utf8(text, static_cast<char32_t>(code));
  }
  return text;
}

/// An array of one dimension, of texts or of objects, as a list.
std::string_view make_list(Tree& tree, NodeId id) {
  const auto state = find_array_state(tree, id);
  if (!state || state->shape.size() != 1) return "";
  std::vector<NodeId> items;
  if (state->type.code.starts_with('O') && tree.is(state->data, Kind::list)) {
    const auto held = tree.items(state->data);
    items.assign(held.begin(), held.end());
  } else if (const auto width = find_text_bytes(state->type.code)) {
    const auto bytes = torch::find_bytes(tree, state->data);
    if (!bytes) return "";
    for (std::size_t at = 0; at + *width <= bytes->size(); at += *width)
      items.push_back(tree.add_text(
          utf32_text(std::string_view(*bytes).substr(at, *width), state->type.is_big_endian)));
  } else {
    return "";
  }
  tree.fill_items(id, Kind::list, items);
  return "list";
}

std::string_view make_scalar(Tree& tree, NodeId id) {
  const auto args = tuple_items(tree, tree.object(id).args);
  if (args.size() != 2) return "";
  const auto type = find_type(tree, args[0]);
  const CodeRow* const row = row_of(type);
  auto bytes = torch::find_bytes(tree, args[1]);
  if (type && bytes && find_text_bytes(type->code)) {
    tree.fill_text(id, Kind::text, utf32_text(*bytes, type->is_big_endian));
    return "text";
  }
  if (row == nullptr || !bytes || bytes->size() != model::row_of(row->dtype).size_bytes) return "";
  make_little_endian(*bytes, *type, row->dtype);
  return fill_number(tree, id, row->dtype, *bytes);
}

}  // namespace

std::string_view make_numpy_value(Tree& tree, NodeId id) {
  const std::string name = torch::symbol_path(tree, tree.object(id).callable);
  if (name == "numpy.core.multiarray.scalar" || name == "numpy._core.multiarray.scalar")
    return make_scalar(tree, id);
  if (name == "numpy.core.multiarray._reconstruct" ||
      name == "numpy._core.multiarray._reconstruct") {
    const std::string_view array = make_array(tree, id);
    return array.empty() ? make_list(tree, id) : array;
  }
  if (const auto type = find_type(tree, id)) {
    tree.fill_text(id, Kind::text, type->code);
    return "text";
  }
  return "";
}

}  // namespace ckpt::edit
