#include "optim/edit/resized_state.hpp"

#include "ckpt/model/entries.hpp"
#include "ckpt/optim/slot_rules.hpp"
#include "ckpt/tensor/lazy_tensor.hpp"
#include "optim/find/states.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tensor;
using model::Tree;

namespace {

bool is_per_element(const Tree& tree, NodeId value, std::string_view key, const Shape& shape) {
  const SlotRule rule = slot_rule(key);
  const bool may_be = rule.shape == SlotShape::per_element || rule.shape == SlotShape::unknown;
  if (!may_be || rule.mean == SlotMean::refused || !tree.is(value, Kind::tensor)) return false;
  const Tensor& tensor = tree.tensor(value);
  return tensor.form == model::TensorForm::strided && tensor.storage != model::no_storage &&
         tensor.layout.shape == shape;
}

NodeId resized(Tree& tree, NodeId value, const Shape& after) {
  const Tensor before = tree.tensor(value);
  tensor::LazyTensor made(tree.storage_of(before), before);
  for (std::size_t axis = 0; axis < after.size(); ++axis)
    made = after[axis] <= made.shape()[axis] ? made.sliced(axis, 0, after[axis])
                                             : made.padded(axis, after[axis]);
  Tensor tensor{.dtype = made.dtype(),
                .layout = {.shape = after, .stride_elements = model::contiguous_strides(after)}};
  tensor.storage = tree.add_storage({.blob = made.dense(),
                                     .dtype = made.dtype(),
                                     .location = tree.storage_of(before.storage).location});
  return tree.add_tensor(std::move(tensor));
}

}  // namespace

NodeId make_resized_state(Tree& tree, NodeId state, const Shape& before, const Shape& after) {
  if (before.size() != after.size() || !tree.is(state, Kind::dict)) return no_node;
  std::vector<Entry> entries = model::copy_entries(tree, state);
  for (Entry& entry : entries) {
    if (!tree.is(entry.key, Kind::text) || tree.is(entry.value, Kind::none)) continue;
    if (is_per_element(tree, entry.value, tree.text(entry.key), before))
      entry.value = resized(tree, entry.value, after);
    else if (!find_number(tree, entry.value))
      return no_node;
  }
  return tree.add_dict(entries);
}

}  // namespace ckpt::optim
