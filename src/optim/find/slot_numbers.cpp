// The vectors do not say which parameter a number belongs to. It follows from the order of the
// group and from the precision of the states, as in apex's own code.

#include "optim/find/slot_numbers.hpp"

#include <algorithm>
#include <array>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/tensor/element_stream.hpp"
#include "ckpt/tensor/elements.hpp"
#include "optim/find/forms.hpp"
#include "optim/find/states.hpp"

namespace ckpt::optim {

using model::DType;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

constexpr std::size_t half = 0;
constexpr std::size_t single = 1;
constexpr std::size_t vector_count = 2;

using Vectors = std::array<NodeId, vector_count>;
using Slots = std::array<std::vector<std::size_t>, vector_count>;  // by vector

std::optional<Vectors> find_vectors(const Tree& tree, NodeId group) {
  if (group == no_node) return std::nullopt;
  const NodeId list = tree.find(group, slot_numbers_key);
  if (list == no_node || !is_list_like(tree, list)) return std::nullopt;
  const auto items = tree.items(list);
  if (items.size() != vector_count) return std::nullopt;
  return Vectors{items[half], items[single]};
}

/// How many numbers a vector holds; 0 for None.
std::size_t length_of(const Tree& tree, NodeId vector) {
  if (!tree.is(vector, Kind::tensor)) return 0;
  return static_cast<std::size_t>(model::element_count(tree.tensor(vector).layout.shape));
}

bool fits(const Tree& tree, const Vectors& vectors, const Slots& slots) {
  return slots[half].size() == length_of(tree, vectors[half]) &&
         slots[single].size() == length_of(tree, vectors[single]);
}

bool is_half(const Tree& tree, NodeId state) {
  const NodeId moment = tree.find(state, "exp_avg");
  if (moment == no_node || !tree.is(moment, Kind::tensor)) return false;
  const DType dtype = tree.tensor(moment).dtype;
  return dtype == DType::float16 || dtype == DType::bfloat16;
}

/// The slots that each vector has numbers for: by the precision of their states; when one vector is
/// empty, the slots with a state, or all slots.
Slots slots_of(const Tree& tree, const Optimizer& optimizer, const Group& group,
               const Vectors& vectors) {
  Slots by_precision;
  std::vector<std::size_t> stepped;
  std::vector<std::size_t> all;
  for (std::size_t i = group.first_slot; i < group.first_slot + group.slot_count; ++i) {
    all.push_back(i);
    if (!is_real_state(tree, optimizer.slots[i].state)) continue;
    stepped.push_back(i);
    by_precision[is_half(tree, optimizer.slots[i].state) ? half : single].push_back(i);
  }
  if (fits(tree, vectors, by_precision)) return by_precision;
  for (const std::vector<std::size_t>& members : {stepped, all})
    for (const std::size_t vector : {half, single}) {
      Slots slots;
      slots[vector] = members;
      if (fits(tree, vectors, slots)) return slots;
    }
  throw Error(
      ErrorKind::conflict,
      concat("a group keeps ", length_of(tree, vectors[half]), " and ",
             counted(length_of(tree, vectors[single]), "number"), " in ", quote(slot_numbers_key),
             ", but has ", stepped.size(), " of ", counted(all.size(), "id"), " with state"),
      "--optimizer drop or reset goes on without its states");
}

Bytes read_elements(const Tree& tree, const model::Tensor& tensor) {
  const auto blob = tensor::make_dense_blob(tree.storage_of(tensor), tensor);
  Bytes bytes(static_cast<std::size_t>(blob->size_bytes()));
  model::read_exactly(*blob, 0, bytes);
  return bytes;
}

void read_numbers(const Tree& tree, const Vectors& vectors, const Slots& slots,
                  SlotNumbers& numbers) {
  for (const std::size_t vector : {half, single}) {
    if (slots[vector].empty()) continue;
    const model::Tensor& tensor = tree.tensor(vectors[vector]);
    const Bytes bytes = read_elements(tree, tensor);
    const std::size_t width = model::row_of(tensor.dtype).size_bytes;
    for (std::size_t i = 0; i < slots[vector].size(); ++i)
      numbers[slots[vector][i]] = {
          vector, tensor::decode_real(tensor.dtype, ByteView(bytes).subspan(i * width, width))};
  }
}

/// The dtype and device of the numbers: those of the vector, or else those of the other vector.
std::pair<DType, std::string> element_of(const Tree& tree, const Vectors& vectors,
                                         std::size_t vector) {
  for (const std::size_t i : {vector, 1 - vector})
    if (vectors[i] != no_node && tree.is(vectors[i], Kind::tensor)) {
      const model::Tensor& tensor = tree.tensor(vectors[i]);
      return {tensor.dtype, tree.storage_of(tensor.storage).location};
    }
  return {DType::float32, "cpu"};
}

Bytes encoded(DType dtype, const std::vector<double>& values) {
  const std::size_t width = model::row_of(dtype).size_bytes;
  Bytes bytes(values.size() * width);
  for (std::size_t i = 0; i < values.size(); ++i)
    tensor::encode(dtype, values[i], std::span(bytes).subspan(i * width, width));
  return bytes;
}

bool holds(const Tree& tree, NodeId vector, const Bytes& bytes) {
  if (vector == no_node || !tree.is(vector, Kind::tensor)) return bytes.empty();
  return read_elements(tree, tree.tensor(vector)) == bytes;
}

NodeId add_vector(Tree& tree, DType dtype, const std::string& location, std::size_t count,
                  Bytes bytes) {
  if constexpr (std::endian::native == std::endian::big) {
    const std::size_t width = model::row_of(dtype).size_bytes;
    for (std::size_t at = 0; at < bytes.size(); at += width)
      std::ranges::reverse(std::span(bytes).subspan(at, width));
  }
  model::Tensor tensor;
  tensor.dtype = dtype;
  tensor.layout = {{static_cast<std::int64_t>(count)}, {1}, 0};
  tensor.storage = tree.add_storage(
      {.blob = model::make_memory_blob(std::move(bytes)), .dtype = dtype, .location = location});
  return tree.add_tensor(std::move(tensor));
}

void add_empty_vectors(Tree& tree, NodeId group) {
  const std::array none{tree.add(), tree.add()};
  const NodeId list = tree.add_list(none);
  model::edit_entries(tree, group, [&](std::vector<model::Entry>& entries) {
    entries.push_back({tree.add_text(slot_numbers_key), list});
  });
}

}  // namespace

SlotNumbers slot_numbers(const Tree& tree, const Optimizer& optimizer) {
  SlotNumbers numbers;
  for (const Group& group : optimizer.groups) {
    const auto vectors = find_vectors(tree, group.node);
    if (!vectors) continue;
    numbers.resize(optimizer.slots.size());
    read_numbers(tree, *vectors, slots_of(tree, optimizer, group, *vectors), numbers);
  }
  return numbers;
}

void set_slot_numbers(Tree& tree, NodeId group, const SlotNumbers& numbers) {
  std::array<std::vector<double>, vector_count> values;
  for (const std::optional<SlotNumber>& number : numbers)
    if (number) values[number->vector].push_back(number->value);
  if (!find_vectors(tree, group)) {
    if (values[half].empty() && values[single].empty()) return;
    add_empty_vectors(tree, group);
  }
  Vectors vectors = *find_vectors(tree, group);
  for (const std::size_t vector : {half, single}) {
    const auto [dtype, location] = element_of(tree, vectors, vector);
    Bytes bytes = encoded(dtype, values[vector]);
    if (!holds(tree, vectors[vector], bytes))
      vectors[vector] = add_vector(tree, dtype, location, values[vector].size(), std::move(bytes));
  }
  tree.set_items(tree.find(group, slot_numbers_key), vectors);
}

}  // namespace ckpt::optim
