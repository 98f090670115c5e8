// The operations follow from the shapes: joined parts, a transposition, dimensions of size 1, a
// reshape; and in the other direction a split.

#include "match/align/ops.hpp"

#include <algorithm>
#include <optional>

#include "ckpt/base/text.hpp"

namespace ckpt::match {

namespace {

using Shape = std::vector<std::int64_t>;

std::string numbers_text(const Shape& numbers) {
  std::vector<std::string> words;
  for (const std::int64_t number : numbers) words.push_back(concat(number));
  return join(words, ", ");
}

/// The dimensions of size 1 that `longer` has in addition to `shorter`; nothing when there are
/// other differences.
std::optional<Shape> find_extra_ones(const Shape& longer, const Shape& shorter) {
  Shape extra;
  std::size_t next = 0;
  for (std::size_t i = 0; i < longer.size(); ++i) {
    if (next < shorter.size() && longer[i] == shorter[next]) {
      ++next;
    } else if (longer[i] == 1) {
      extra.push_back(static_cast<std::int64_t>(i));
    } else {
      return std::nullopt;
    }
  }
  return next == shorter.size() ? std::optional(extra) : std::nullopt;
}

Shape ones(const Shape& shape) {
  Shape positions;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 1) positions.push_back(static_cast<std::int64_t>(i));
  return positions;
}

void add_reshape(std::vector<std::string>& ops, const Shape& from, const Shape& to) {
  const auto squeeze = [&](const Shape& axes) {
    if (!axes.empty()) ops.push_back(concat("squeeze(", numbers_text(axes), ")"));
  };
  const auto unsqueeze = [&](const Shape& axes) {
    if (!axes.empty()) ops.push_back(concat("unsqueeze(", numbers_text(axes), ")"));
  };
  if (const auto extra = find_extra_ones(from, to)) return squeeze(*extra);
  if (const auto extra = find_extra_ones(to, from)) return unsqueeze(*extra);
  squeeze(ones(from));
  unsqueeze(ones(to));
}

/// ", [8, 4, 4]" for parts of unequal size along the axis on which they are joined.
std::string sizes_text(const AlignUnit& unit, std::span<const AlignTensor> tensors) {
  const std::size_t axis = unit.join_axis - (unit.is_stack_of_experts ? 1 : 0);
  Shape sizes;
  for (std::size_t part = 0; part < unit.part_count; ++part)
    sizes.push_back(tensors[unit.keys[part * unit.keys_per_part()]].shape[axis]);
  if (std::ranges::all_of(sizes, [&](std::int64_t size) { return size == sizes.front(); }))
    return "";
  return concat(", [", numbers_text(sizes), "]");
}

std::string join_text(std::string_view op, const AlignUnit& unit,
                      std::span<const AlignTensor> tensors, bool names_parts) {
  return concat(op, "(", names_parts ? concat(part_axis, ", ") : "", unit.join_axis,
                sizes_text(unit, tensors), ")");
}

}  // namespace

bool has_two_axes(const AlignUnit& unit) { return unit.is_stack_of_experts && unit.part_count > 1; }

std::string ops_text(const AlignPair& pair, std::span<const AlignTensor> a,
                     std::span<const AlignTensor> b, bool names_parts) {
  std::vector<std::string> ops;
  if (pair.a.is_stack_of_experts) ops.emplace_back("stack(e, 0)");
  if (pair.a.part_count > 1) ops.push_back(join_text("cat", pair.a, a, names_parts));
  if (pair.relation == ShapeRelation::transposed) ops.emplace_back("t");
  if (pair.relation == ShapeRelation::reshaped) add_reshape(ops, pair.a.shape, pair.b.shape);
  if (pair.b.part_count > 1) ops.push_back(join_text("split", pair.b, b, names_parts));
  if (pair.b.is_stack_of_experts) ops.emplace_back("unstack(e, 0)");
  return join(ops, " | ");
}

}  // namespace ckpt::match
