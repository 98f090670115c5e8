// Finds the shape of a parameter from its state: from a tensor with the shape of the parameter,
// from the two factors of a factored optimizer, or from the tensors of an unknown optimizer when
// they all agree.
#include "ckpt/model/entries.hpp"
#include "ckpt/optim/optimizer.hpp"
#include "ckpt/optim/slot_rules.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

struct Evidence {
  std::optional<Shape> whole;
  std::optional<Shape> row;
  std::optional<Shape> column;
  bool is_torch_factors = false;  // row_var has a 1 where HF drops the dimension
  std::optional<Shape> unknown;   // of tensors under unknown keys
  bool unknown_disagree = false;
};

void look_at(std::string_view key, const Shape& shape, Evidence& evidence) {
  switch (slot_rule(key).shape) {
    case SlotShape::per_element:
      evidence.whole = shape;
      break;
    case SlotShape::row_factor:
      evidence.row = shape;
      evidence.is_torch_factors = key == "row_var";
      break;
    case SlotShape::column_factor:
      evidence.column = shape;
      break;
    case SlotShape::unknown:
      if (shape.empty()) break;
      if (evidence.unknown && *evidence.unknown != shape) evidence.unknown_disagree = true;
      evidence.unknown = shape;
      break;
    case SlotShape::scalar:
    case SlotShape::other:
      break;
  }
}

void look_into(const Tree& tree, NodeId state, Evidence& evidence) {
  for (const model::TextEntry entry : model::text_entries(tree, state))
    if (tree.is(entry.value, Kind::tensor))
      look_at(entry.name, tree.tensor(entry.value).layout.shape, evidence);
}

std::optional<Shape> joined_factors(const Evidence& evidence) {
  if (!evidence.row || !evidence.column || evidence.column->empty()) return std::nullopt;
  Shape shape = *evidence.row;
  if (evidence.is_torch_factors && !shape.empty()) shape.pop_back();
  shape.push_back(evidence.column->back());
  return shape;
}

}  // namespace

std::optional<Shape> shape_from_state(const Tree& tree, NodeId state) {
  if (state == model::no_node || !tree.is(state, Kind::dict)) return std::nullopt;
  Evidence evidence;
  look_into(tree, state, evidence);
  // bitsandbytes keeps its quantized tensors one level deeper.
  for (const Entry& entry : tree.entries(state))
    if (tree.is(entry.value, Kind::dict)) look_into(tree, entry.value, evidence);
  if (evidence.whole) return evidence.whole;
  if (const auto joined = joined_factors(evidence)) return joined;
  return evidence.unknown_disagree ? std::nullopt : evidence.unknown;
}

}  // namespace ckpt::optim
