// Translates each operation into steps. A rotary permutation is a reshape, a permutation and a
// reshape; a roll is two slices in exchanged order.
#include <algorithm>
#include <map>
#include <numeric>

#include "ckpt/base/checked.hpp"
#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"
#include "match/rules/steps.hpp"

namespace ckpt::match {

namespace {

std::vector<std::size_t> identity(std::size_t rank) {
  std::vector<std::size_t> order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

StepId transpose(StepId input, StepBuilder& steps) {
  const std::size_t rank = steps.shape(input).size();
  if (rank < 2) return input;
  std::vector<std::size_t> order = identity(rank);
  std::swap(order[rank - 2], order[rank - 1]);
  return steps.permute(input, std::move(order));
}

StepId permute(const CompiledOp& op, StepId input, StepBuilder& steps) {
  if (op.numbers.size() != steps.shape(input).size())
    throw RuleError("D15", concat("an order of ", counted(op.numbers.size(), "dim"), " for ",
                                  shape_text(steps.shape(input))));
  std::vector<std::size_t> order;
  for (const std::int64_t dimension : op.numbers)
    order.push_back(static_cast<std::size_t>(dimension));
  return steps.permute(input, std::move(order));
}

/// For each head of `head` rows: converts pairs (x0 y0 x1 y1 ...) to halves (x0 x1 ... y0 y1 ...),
/// or back. Affects only the first `rotated` rows of a head.
StepId rope(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const std::int64_t head = op.numbers[0];
  const std::int64_t rotated = op.numbers.size() > 1 ? op.numbers[1] : head;
  const Shape whole = steps.shape(input);
  if (whole.empty() || head < 1 || whole[0] % head != 0)
    throw RuleError(
        "D15", concat("dim 0 of ", shape_text(whole), " is not a multiple of the head size ", head),
        "rope takes the size of a head, not the number of heads");
  if (rotated < 0 || rotated % 2 != 0 || rotated > head)
    throw RuleError("D15", concat(rotated, " rows of a head of ", head, " cannot be paired"));
  const auto with_heads = [&](std::initializer_list<std::int64_t> sizes) {
    Shape shape{whole[0] / head};
    shape.insert(shape.end(), sizes);
    shape.insert(shape.end(), whole.begin() + 1, whole.end());
    return shape;
  };
  const StepId heads = steps.reshape(input, with_heads({head}));
  const bool is_to_halves = op.kind == OpKind::rope_half;
  StepId turned = steps.slice(heads, 1, 0, rotated);
  turned = steps.reshape(
      turned, is_to_halves ? with_heads({rotated / 2, 2}) : with_heads({2, rotated / 2}));
  std::vector<std::size_t> order = identity(steps.shape(turned).size());
  std::swap(order[1], order[2]);
  turned = steps.permute(turned, std::move(order));
  turned = steps.reshape(turned, with_heads({rotated}));
  if (rotated < head)
    turned = steps.cat({turned, steps.slice(heads, 1, rotated, head - rotated)}, 1);
  return steps.reshape(turned, whole);
}

StepId squeeze(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const Shape& before = steps.shape(input);
  std::vector<bool> goes(before.size());
  for (const std::int64_t dimension : op.numbers) {
    const std::size_t axis = steps.axis(input, dimension);
    if (before[axis] != 1)
      throw RuleError("D15", concat("dim ", dimension, " of ", shape_text(before), " is ",
                                    before[axis], ", not 1"));
    goes[axis] = true;
  }
  Shape after;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!goes[i]) after.push_back(before[i]);
  return steps.reshape(input, std::move(after));
}

StepId unsqueeze(const CompiledOp& op, StepId input, StepBuilder& steps) {
  Shape shape = steps.shape(input);
  const auto rank = static_cast<std::int64_t>(shape.size() + op.numbers.size());
  std::vector<std::int64_t> places;
  for (const std::int64_t dimension : op.numbers)
    places.push_back(dimension < 0 ? dimension + rank : dimension);
  std::ranges::sort(places);
  for (const std::int64_t place : places) {
    if (place < 0 || place > static_cast<std::int64_t>(shape.size()))
      throw RuleError(
          "D15", concat("no dim ", place, " can be put into ", shape_text(steps.shape(input))));
    shape.insert(shape.begin() + place, 1);
  }
  return steps.reshape(input, std::move(shape));
}

StepId reorder(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const std::size_t axis = steps.axis(input, op.numbers[0]);
  const auto count = static_cast<std::int64_t>(op.sizes.size());
  const std::int64_t size = steps.size(input, axis);
  if (size % count != 0)
    throw RuleError("D15", concat("dim ", axis, " of size ", size, " does not split in ", count));
  std::vector<StepId> chunks;
  for (const std::int64_t place : op.sizes)
    chunks.push_back(steps.slice(input, axis, place * (size / count), size / count));
  return steps.cat(std::move(chunks), axis);
}

StepId roll(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const std::size_t axis = steps.axis(input, op.numbers[0]);
  const std::int64_t size = steps.size(input, axis);
  if (size == 0) return input;
  const std::int64_t shift = ((op.numbers[1] % size) + size) % size;
  if (shift == 0) return input;
  return steps.cat(
      {steps.slice(input, axis, size - shift, shift), steps.slice(input, axis, 0, size - shift)},
      axis);
}

StepId slice(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const std::size_t axis = steps.axis(input, op.numbers[0]);
  const std::int64_t size = steps.size(input, axis);
  const std::int64_t first = op.first.value_or(0);
  const std::int64_t end = op.end.value_or(size);
  if (first < 0 || end < first || end > size)
    throw RuleError("D15", concat(first, ":", end, " is no part of dim ", axis, " of size ", size));
  return steps.slice(input, axis, first, end - first);
}

/// pad and crop name the size that they expect, so that a rule does not fit another model by
/// accident.
StepId resize(const CompiledOp& op, StepId input, StepBuilder& steps) {
  const std::size_t axis = steps.axis(input, op.numbers[0]);
  const std::int64_t before = op.numbers[1];
  const std::int64_t after = op.numbers[2];
  if (steps.size(input, axis) != before)
    throw RuleError("D15",
                    concat("dim ", axis, " is ", steps.size(input, axis), ", expected ", before));
  const bool is_pad = op.kind == OpKind::pad;
  if (after < 0 || (is_pad ? after < before : after > before))
    throw RuleError("D15", concat(op.name, " from ", before, " to ", after),
                    is_pad ? "crop makes it smaller" : "pad makes it larger");
  return is_pad ? steps.pad(input, axis, after) : steps.slice(input, axis, 0, after);
}

}  // namespace

StepId apply_unary(const CompiledOp& op, StepId input, StepBuilder& steps) {
  switch (op.kind) {
    case OpKind::transpose:
      return transpose(input, steps);
    case OpKind::permute:
      return permute(op, input, steps);
    case OpKind::rearrange:
      return apply_rearrange(op, input, steps);
    case OpKind::rope_half:
    case OpKind::rope_pair:
      return rope(op, input, steps);
    case OpKind::squeeze:
      return squeeze(op, input, steps);
    case OpKind::unsqueeze:
      return unsqueeze(op, input, steps);
    case OpKind::reorder:
      return reorder(op, input, steps);
    case OpKind::roll:
      return roll(op, input, steps);
    case OpKind::slice:
      return slice(op, input, steps);
    case OpKind::pad:
    case OpKind::crop:
      return resize(op, input, steps);
    case OpKind::add:
      return steps.add(input, op.number);
    case OpKind::multiply:
      return steps.multiply(input, op.number);
    case OpKind::cast:
      return steps.cast(input, op.dtype);
    case OpKind::cat:
    case OpKind::stack:
    case OpKind::same:
    case OpKind::split:
    case OpKind::unstack:
    case OpKind::copy:
      break;
  }
  return input;
}

StepId apply_join(const CompiledOp& op, std::vector<StepId> inputs, StepBuilder& steps) {
  if (op.kind == OpKind::same) return steps.same(std::move(inputs));
  if (op.kind == OpKind::stack) {
    for (StepId& input : inputs) input = unsqueeze(op, input, steps);
    const auto rank = static_cast<std::int64_t>(steps.shape(inputs.front()).size());
    const std::int64_t place = op.numbers[0] < 0 ? op.numbers[0] + rank : op.numbers[0];
    const Shape first = steps.shape(inputs.front());
    for (const StepId input : inputs)
      if (steps.shape(input) != first)
        throw RuleError("D15",
                        concat("the parts have the shapes ", shape_text(first), " and ",
                               shape_text(steps.shape(input)), " with the new dim"),
                        "what is stacked has one shape");
    return steps.cat(std::move(inputs), static_cast<std::size_t>(place));
  }
  const std::size_t axis = steps.axis(inputs.front(), op.numbers[0]);
  if (!op.sizes.empty()) {
    std::vector<std::int64_t> sizes;
    for (const StepId input : inputs)
      sizes.push_back(steps.size(input, steps.axis(input, op.numbers[0])));
    if (sizes != op.sizes)
      throw RuleError("D15", concat("the parts are ", shape_text(sizes), " along dim ", axis,
                                    ", declared are ", shape_text(op.sizes)));
  }
  return steps.cat(std::move(inputs), axis);
}

namespace {

std::vector<std::int64_t> sizes_of_split(const CompiledOp& op, std::int64_t size, std::size_t count,
                                         std::size_t axis) {
  if (op.sizes.empty()) {
    const auto parts = static_cast<std::int64_t>(count);
    if (parts < 1 || size % parts != 0)
      throw RuleError("D15", concat("dim ", axis, " of size ", size, " does not split in ", parts),
                      "unequal parts need sizes: split(0, [4, 2, 2])");
    return std::vector<std::int64_t>(count, size / parts);
  }
  std::int64_t total = 0;
  bool is_negative = false;
  for (const std::int64_t part : op.sizes) {
    total = checked_add(total, part, "sizes of a split");
    is_negative = is_negative || part < 0;
  }
  if (op.sizes.size() != count)
    throw RuleError("D15",
                    concat("there are ", op.sizes.size(), " sizes for ", counted(count, "part")));
  if (total != size || is_negative)
    throw RuleError("D15", concat("the sizes [",
                                  join(
                                      [&] {
                                        std::vector<std::string> texts;
                                        for (const std::int64_t part : op.sizes)
                                          texts.push_back(concat(part));
                                        return texts;
                                      }(),
                                      ", "),
                                  "] add up to ", total, ", dim ", axis, " is ", size));
  return op.sizes;
}

}  // namespace

std::vector<StepId> apply_split(const CompiledOp& op, StepId input, std::size_t count,
                                StepBuilder& steps) {
  if (op.kind == OpKind::copy) return std::vector<StepId>(count, input);
  const std::size_t axis = steps.axis(input, op.numbers[0]);
  const std::int64_t size = steps.size(input, axis);
  std::vector<StepId> parts;
  if (op.kind == OpKind::unstack) {
    if (size != static_cast<std::int64_t>(count))
      throw RuleError("D15", concat("dim ", axis, " of ", shape_text(steps.shape(input)), " is ",
                                    size, ", not ", count));
    for (std::int64_t i = 0; i < size; ++i) {
      const StepId part = steps.slice(input, axis, i, 1);
      Shape shape = steps.shape(part);
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
      parts.push_back(steps.reshape(part, std::move(shape)));
    }
    return parts;
  }
  std::int64_t first = 0;
  for (const std::int64_t part : sizes_of_split(op, size, count, axis)) {
    parts.push_back(steps.slice(input, axis, first, part));
    first += part;
  }
  return parts;
}

}  // namespace ckpt::match
