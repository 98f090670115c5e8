// Per-element entries (exp_avg, ...) are computed with the operation of the edit; numbers (step)
// must be equal in all sources. Anything else cannot follow the edit.

#include "optim/find/states.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/graft.hpp"
#include "ckpt/optim/slot_rules.hpp"
#include "ckpt/tensor/elements.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

constexpr std::string_view leave_out_hint = "--optimizer drop or reset goes on without its states";

/// The bytes of the only element of `tensor`, in this machine's byte order.
Bytes only_element(const Tree& tree, const model::Tensor& tensor) {
  const model::Storage& storage = tree.storage_of(tensor.storage);
  Bytes element(model::row_of(tensor.dtype).size_bytes);
  model::read_exactly(*storage.blob,
                      static_cast<std::uint64_t>(tensor.layout.offset_elements) * element.size(),
                      element);
  if (storage.byte_order == model::ByteOrder::big) std::ranges::reverse(element);
  return element;
}

[[noreturn]] void throw_cannot_follow(const model::Output& output, std::string_view key,
                                      std::string_view why) {
  throw Error(
      ErrorKind::conflict,
      concat("the state of ", quote(output.name), " cannot be made: ", quote(key), ' ', why),
      std::string(leave_out_hint));
}

/// Whether a tensor has the shape of its parameter and not a single number.
bool is_per_element(const Tree& tree, NodeId value, const std::optional<Shape>& shape,
                    std::string_view key) {
  const SlotShape rule = slot_rule(key).shape;
  if (!tree.is(value, Kind::tensor) || !shape || rule == SlotShape::scalar) return false;
  const bool may_be = rule == SlotShape::per_element || rule == SlotShape::unknown;
  return may_be && tree.tensor(value).layout.shape == *shape;
}

std::vector<NodeId> values_under(const Tree& tree, const std::vector<NodeId>& states,
                                 std::string_view key, const model::Output& output) {
  std::vector<NodeId> values;
  for (const NodeId state : states) {
    values.push_back(tree.find(state, key));
    if (values.back() == no_node)
      throw_cannot_follow(output, key, "is not in the state of every source");
  }
  return values;
}

NodeId common_number(Tree& tree, const std::vector<NodeId>& values, std::string_view key,
                     const model::Output& output) {
  std::vector<double> numbers;
  for (const NodeId value : values) {
    const std::optional<double> number = find_number(tree, value);
    if (!number) throw_cannot_follow(output, key, "is neither per element nor a number");
    numbers.push_back(*number);
    if (numbers.front() != *number)
      throw_cannot_follow(output, key,
                          concat("is ", real_text(numbers.front()), " in one source and ",
                                 real_text(*number), " in another"));
  }
  return model::deep_copy(tree, values.front());
}

}  // namespace

bool is_real_state(const Tree& tree, NodeId state) {
  if (state == no_node || tree.is(state, Kind::none)) return false;
  return !tree.is(state, Kind::dict) || !tree.entries(state).empty();
}

std::optional<double> find_number(const Tree& tree, NodeId node) {
  if (node == no_node) return std::nullopt;
  switch (tree.kind(node)) {
    case Kind::integer:
      return static_cast<double>(tree.integer(node));
    case Kind::real:
      return tree.real(node);
    case Kind::boolean:
      return tree.boolean(node) ? 1.0 : 0.0;
    case Kind::tensor: {
      const model::Tensor& tensor = tree.tensor(node);
      const bool is_one = tensor.form == model::TensorForm::strided &&
                          tensor.storage != model::no_storage &&
                          model::element_count(tensor.layout.shape) == 1;
      if (!is_one) return std::nullopt;
      return tensor::decode_real(tensor.dtype, only_element(tree, tensor));
    }
    default:
      return std::nullopt;
  }
}

NodeId add_number_tensor(Tree& tree, double value) {
  Bytes bytes(sizeof(float));
  tensor::encode(model::DType::float32, value, bytes);
  if constexpr (std::endian::native == std::endian::big) std::ranges::reverse(bytes);
  model::Tensor tensor;
  tensor.storage = tree.add_storage(
      {.blob = model::make_memory_blob(std::move(bytes)), .dtype = model::DType::float32});
  return tree.add_tensor(std::move(tensor));
}

NodeId combine_states(Tree& tree, const Optimizer& optimizer, std::span<const std::size_t> slots,
                      const model::Output& output) {
  std::vector<NodeId> states;
  std::vector<std::optional<Shape>> shapes;
  for (const std::size_t slot : slots) {
    const bool is_known = slot < optimizer.slots.size();
    if (!is_known) throw_cannot_follow(output, "params", "lacks one of the sources: it is frozen");
    if (!is_real_state(tree, optimizer.slots[slot].state)) continue;
    states.push_back(optimizer.slots[slot].state);
    shapes.push_back(optimizer.slots[slot].shape);
  }
  if (states.empty()) return no_node;
  if (states.size() != slots.size())
    throw_cannot_follow(output, "state", "is missing for some of the sources");
  std::vector<Entry> entries = model::copy_entries(tree, states.front());
  for (Entry& entry : entries) {
    if (!tree.is(entry.key, Kind::text)) continue;
    const std::string key(tree.text(entry.key));
    const std::vector<NodeId> values = values_under(tree, states, key, output);
    bool is_elementwise = true;
    for (std::size_t i = 0; i < values.size(); ++i)
      is_elementwise = is_elementwise && is_per_element(tree, values[i], shapes[i], key);
    entry.value =
        is_elementwise ? output.operation(tree, values) : common_number(tree, values, key, output);
  }
  return tree.add_dict(entries);
}

}  // namespace ckpt::optim
