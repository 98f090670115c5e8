#include "edit/rules/step_tensors.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/tensor.hpp"
#include "ckpt/tensor/generated.hpp"

namespace ckpt::edit {

using match::Step;
using match::StepId;
using match::StepKind;
using tensor::LazyTensor;

namespace {

LazyTensor created(const Step& step) {
  const auto count = static_cast<std::uint64_t>(model::element_count(step.shape));
  const match::Created& what = step.created;
  switch (what.filling) {
    case match::Filling::constant:
      return {tensor::make_constant(step.dtype, what.number, count), step.dtype, step.shape};
    case match::Filling::counting:
      return {tensor::make_counting(step.dtype, count), step.dtype, step.shape};
    case match::Filling::lower_triangle:
      return {
          tensor::make_lower_triangle(step.dtype, static_cast<std::uint64_t>(step.shape.back())),
          step.dtype, step.shape};
    case match::Filling::inverse_frequencies:
      return {tensor::make_inverse_frequencies(step.dtype, what.number,
                                               static_cast<std::uint64_t>(what.size)),
              step.dtype, step.shape};
  }
  throw std::logic_error("a filling without a tensor");
}

/// Calls `visit` for `output` and every step it depends on, each once.
template <class Visit>
void visit_steps(const match::Plan& plan, StepId output, Visit visit) {
  std::vector<StepId> open{output};
  std::unordered_set<StepId> seen{output};
  while (!open.empty()) {
    const StepId id = open.back();
    open.pop_back();
    visit(id);
    for (const StepId input : plan.steps[id].inputs)
      if (seen.insert(input).second) open.push_back(input);
  }
}

}  // namespace

bool is_scaled(const match::Plan& plan, StepId output) {
  bool has_factor = false;
  visit_steps(plan, output, [&](StepId id) {
    has_factor = has_factor || plan.steps[id].kind == StepKind::multiply;
  });
  return has_factor;
}

const LazyTensor& StepTensors::make(StepId output) {
  std::vector<StepId> needed;
  visit_steps(plan_, output, [&](StepId id) {
    if (!made_.contains(id)) needed.push_back(id);
  });
  std::ranges::sort(needed);  // inputs stand before what uses them
  for (const StepId id : needed) made_.emplace(id, computed(plan_.steps[id]));
  return made_.at(output);
}

LazyTensor StepTensors::from_source(const Step& step) const {
  const model::Tensor& source = source_tensor_(step.source);
  if (source.layout.shape != step.shape)
    throw Error(ErrorKind::conflict, concat("expected the shape ", shape_text(step.shape), ", got ",
                                            shape_text(source.layout.shape)));
  return {tree_.storage_of(source), source};
}

void StepTensors::refuse_different(const Step& step) const {
  const LazyTensor& first = made_.at(step.inputs.front());
  for (const StepId input : step.inputs)
    if (input != step.inputs.front() && !have_equal_bytes(first, made_.at(input)))
      throw Error(ErrorKind::conflict, "D15: the copies differ",
                  "same joins tensors that are equal, element by element");
}

LazyTensor StepTensors::computed(const Step& step) const {
  if (step.kind == StepKind::source) return from_source(step);
  if (step.kind == StepKind::created) return created(step);
  const LazyTensor& input = made_.at(step.inputs.front());
  const bool computes = arithmetic_ == Arithmetic::done;
  switch (step.kind) {
    case StepKind::reshape:
      return input.reshaped(step.shape);
    case StepKind::permute:
      return input.permuted(step.order);
    case StepKind::slice:
      return input.sliced(step.axis, step.first, step.shape[step.axis]);
    case StepKind::pad:
      return input.padded(step.axis, step.shape[step.axis]);
    case StepKind::cat: {
      std::vector<LazyTensor> parts;
      for (const StepId part : step.inputs) parts.push_back(made_.at(part));
      return tensor::concatenated(parts, step.axis);
    }
    case StepKind::same:
      refuse_different(step);
      return input;
    case StepKind::add:
      return computes ? tensor::sum(input, step.number) : input;
    case StepKind::multiply:
      return computes ? tensor::product(input, step.number) : input;
    case StepKind::cast:
      return computes ? tensor::converted(input, step.dtype) : input;
    case StepKind::source:
    case StepKind::created:
      break;
  }
  throw std::logic_error("a step without a tensor");
}

}  // namespace ckpt::edit
