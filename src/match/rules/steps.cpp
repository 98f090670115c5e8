#include "match/rules/steps.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ckpt/base/text.hpp"
#include "match/rules/error.hpp"

namespace ckpt::match {

namespace {

using model::NumberClass;

/// Why elements of a dtype cannot be moved one by one; "" when they can.
std::string obstacle_of(model::DType dtype) {
  const model::DTypeRow& row = model::row_of(dtype);
  const bool is_packed = row.elements_per_byte > 1 || dtype == model::DType::float4_e2m1fn_x2 ||
                         dtype == model::DType::bits4x2 || dtype == model::DType::bits2x4 ||
                         dtype == model::DType::bits1x8;
  if (is_packed) return concat(row.name, " packs several elements into a byte");
  if (row.number_class == NumberClass::quantized)
    return concat(row.name, " is quantized, its scales would not follow");
  return {};
}

bool is_number(NumberClass number_class) {
  return number_class == NumberClass::floating || number_class == NumberClass::signed_integer ||
         number_class == NumberClass::unsigned_integer;
}

}  // namespace

std::size_t StepBuilder::axis(StepId id, std::int64_t dimension) const {
  const auto rank = static_cast<std::int64_t>(shape(id).size());
  const std::int64_t place = dimension < 0 ? dimension + rank : dimension;
  if (place < 0 || place >= rank)
    throw RuleError("D15", concat("there is no dim ", dimension, " in ", shape_text(shape(id))));
  return static_cast<std::size_t>(place);
}

StepId StepBuilder::push(Step step) {
  static_cast<void>(count_elements(step.shape));
  steps_.push_back(std::move(step));
  return steps_.size() - 1;
}

Step StepBuilder::from(StepKind kind, StepId input) const {
  refuse_fixed(input);
  return {
      .kind = kind, .inputs = {input}, .shape = steps_[input].shape, .dtype = steps_[input].dtype};
}

void StepBuilder::refuse_fixed(StepId input) const {
  const Step& step = steps_[input];
  if (step.kind != StepKind::source) return;
  const KeyFacts& facts = keys_[step.source];
  const std::string why = facts.obstacle.empty() ? obstacle_of(facts.dtype) : facts.obstacle;
  if (!why.empty())
    throw RuleError("D15", concat(quote(facts.key), ": ", why),
                    "such a tensor can be renamed, copied or dropped");
}

StepId StepBuilder::source(std::size_t key) {
  return push({.kind = StepKind::source,
               .shape = keys_[key].shape,
               .dtype = keys_[key].dtype,
               .source = key});
}

StepId StepBuilder::created(const CreatedTensor& tensor) {
  return push({.kind = StepKind::created,
               .shape = tensor.shape,
               .dtype = tensor.dtype,
               .created = tensor.created});
}

StepId StepBuilder::reshape(StepId input, Shape wanted) {
  if (shape(input) == wanted) return input;
  Step step = from(StepKind::reshape, input);
  step.shape = std::move(wanted);
  return push(std::move(step));
}

StepId StepBuilder::permute(StepId input, std::vector<std::size_t> order) {
  if (std::ranges::is_sorted(order)) return input;
  Step step = from(StepKind::permute, input);
  for (std::size_t i = 0; i < order.size(); ++i) step.shape[i] = shape(input)[order[i]];
  step.order = std::move(order);
  return push(std::move(step));
}

StepId StepBuilder::slice(StepId input, std::size_t axis, std::int64_t first, std::int64_t count) {
  if (first == 0 && count == size(input, axis)) return input;
  Step step = from(StepKind::slice, input);
  step.shape[axis] = count;
  step.axis = axis;
  step.first = first;
  return push(std::move(step));
}

void StepBuilder::refuse_unlike(const std::vector<StepId>& inputs, std::size_t axis) const {
  const Step& first = steps_[inputs.front()];
  for (const StepId id : inputs) {
    const Step& other = steps_[id];
    if (other.dtype != first.dtype)
      throw RuleError("D15",
                      concat("the parts are ", model::row_of(first.dtype).name, " and ",
                             model::row_of(other.dtype).name),
                      "bring them to one dtype first: cast(f32)");
    Shape expected = first.shape;
    if (other.shape.size() == expected.size() && axis < expected.size())
      expected[axis] = other.shape[axis];
    if (other.shape != expected)
      throw RuleError("D15",
                      concat("the parts have the shapes ", shape_text(first.shape), " and ",
                             shape_text(other.shape)),
                      concat("they may differ in dim ", axis, " only"));
  }
}

StepId StepBuilder::cat(std::vector<StepId> inputs, std::size_t axis) {
  refuse_unlike(inputs, axis);
  for (const StepId id : inputs) refuse_fixed(id);
  if (inputs.size() == 1) return inputs.front();
  Step step = from(StepKind::cat, inputs.front());
  step.shape[axis] = 0;
  for (const StepId id : inputs) {
    if (__builtin_add_overflow(step.shape[axis], size(id, axis), &step.shape[axis]))
      throw RuleError("D15", "the parts are too large together");
  }
  step.axis = axis;
  step.inputs = std::move(inputs);
  return push(std::move(step));
}

StepId StepBuilder::same(std::vector<StepId> inputs) {
  const Step& first = steps_[inputs.front()];
  for (const StepId id : inputs) {
    const Step& other = steps_[id];
    if (other.shape != first.shape || other.dtype != first.dtype)
      throw RuleError("D15", concat("the copies differ: ", model::row_of(first.dtype).name, " ",
                                    shape_text(first.shape), " and ",
                                    model::row_of(other.dtype).name, " ", shape_text(other.shape)));
  }
  if (inputs.size() == 1) return inputs.front();
  Step step = from(StepKind::same, inputs.front());
  step.inputs = std::move(inputs);
  return push(std::move(step));
}

StepId StepBuilder::pad(StepId input, std::size_t axis, std::int64_t wanted) {
  if (size(input, axis) == wanted) return input;
  Step step = from(StepKind::pad, input);
  step.axis = axis;
  step.shape[axis] = wanted;
  return push(std::move(step));
}

void StepBuilder::refuse_arithmetic(StepId input, double number) const {
  const model::DTypeRow& row = model::row_of(steps_[input].dtype);
  if (!is_number(row.number_class)) throw RuleError("D15", concat("no arithmetic with ", row.name));
  if (row.number_class != NumberClass::floating && number != std::floor(number))
    throw RuleError(
        "D15", concat(real_text(number), " is no whole number, and the elements are ", row.name),
        "cast(f32) before it makes them real numbers");
}

StepId StepBuilder::add(StepId input, double number) {
  Step step = from(StepKind::add, input);
  refuse_arithmetic(input, number);
  step.number = number;
  return push(std::move(step));
}

StepId StepBuilder::multiply(StepId input, double number) {
  Step step = from(StepKind::multiply, input);
  refuse_arithmetic(input, number);
  step.number = number;
  return push(std::move(step));
}

StepId StepBuilder::cast(StepId input, model::DType dtype) {
  if (steps_[input].dtype == dtype) return input;
  Step step = from(StepKind::cast, input);
  const auto is_castable = [](model::DType type) {
    const NumberClass number_class = model::row_of(type).number_class;
    return is_number(number_class) || number_class == NumberClass::boolean;
  };
  const bool are_complex = model::row_of(step.dtype).number_class == NumberClass::complex &&
                           model::row_of(dtype).number_class == NumberClass::complex;
  const bool is_packed = !obstacle_of(dtype).empty();
  if (is_packed || (!are_complex && !(is_castable(step.dtype) && is_castable(dtype))))
    throw RuleError("D15", concat("no cast from ", model::row_of(step.dtype).name, " to ",
                                  model::row_of(dtype).name));
  step.dtype = dtype;
  return push(std::move(step));
}

}  // namespace ckpt::match
