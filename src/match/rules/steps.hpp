// Builds the steps of a plan. Each function checks shapes, computes the new shape, and adds no step
// when nothing would change.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "ckpt/match/rule_plan.hpp"
#include "match/rules/compile.hpp"

namespace ckpt::match {

using Shape = std::vector<std::int64_t>;

/// All functions throw RuleError D15 for shapes that do not fit and for elements that cannot be
/// moved.
class StepBuilder {
 public:
  StepBuilder(std::vector<Step>& steps, std::span<const KeyFacts> keys)
      : steps_(steps), keys_(keys) {}

  const Shape& shape(StepId id) const { return steps_[id].shape; }
  std::int64_t size(StepId id, std::size_t axis) const { return steps_[id].shape[axis]; }
  /// The axis of a dimension; a negative one counts from the end. Throws when there is none.
  std::size_t axis(StepId id, std::int64_t dimension) const;

  StepId source(std::size_t key);
  StepId created(const CreatedTensor& tensor);
  StepId reshape(StepId input, Shape shape);
  StepId permute(StepId input, std::vector<std::size_t> order);
  StepId slice(StepId input, std::size_t axis, std::int64_t first, std::int64_t count);
  StepId cat(std::vector<StepId> inputs, std::size_t axis);
  StepId same(std::vector<StepId> inputs);
  StepId pad(StepId input, std::size_t axis, std::int64_t size);
  StepId add(StepId input, double number);
  StepId multiply(StepId input, double number);
  StepId cast(StepId input, model::DType dtype);

 private:
  StepId push(Step step);
  Step from(StepKind kind, StepId input) const;
  /// Throws when the elements of a source cannot be moved.
  void refuse_fixed(StepId input) const;
  void refuse_unlike(const std::vector<StepId>& inputs, std::size_t axis) const;
  void refuse_arithmetic(StepId input, double number) const;

  std::vector<Step>& steps_;
  std::span<const KeyFacts> keys_;
};

/// An operation on one tensor: all but joins and splits.
StepId apply_unary(const CompiledOp& op, StepId input, StepBuilder& steps);
StepId apply_rearrange(const CompiledOp& op, StepId input, StepBuilder& steps);

/// A join takes the tensors along its axis; a split returns the tensors along its axis.
StepId apply_join(const CompiledOp& op, std::vector<StepId> inputs, StepBuilder& steps);
std::vector<StepId> apply_split(const CompiledOp& op, StepId input, std::size_t count,
                                StepBuilder& steps);

}  // namespace ckpt::match
