// The steps of a plan carried out on tensors of a tree.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "ckpt/match/rule_plan.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/tensor/lazy_tensor.hpp"

namespace ckpt::edit {

/// Whether additions and multiplications are done, or left out as for optimizer state.
enum class Arithmetic : std::uint8_t { done, left_out };

/// Carries out the steps that `output` depends on. `source_tensor` gives the tensor of a key.
/// Throws Error{conflict} when copies that must be the same differ, or a source has not the shape
/// that was planned with.
class StepTensors {
 public:
  using SourceTensor = std::function<const model::Tensor&(std::size_t key)>;

  StepTensors(const model::Tree& tree, const match::Plan& plan, SourceTensor source_tensor,
              Arithmetic arithmetic)
      : tree_(tree),
        plan_(plan),
        source_tensor_(std::move(source_tensor)),
        arithmetic_(arithmetic) {}

  const tensor::LazyTensor& make(match::StepId output);

 private:
  tensor::LazyTensor computed(const match::Step& step) const;
  tensor::LazyTensor from_source(const match::Step& step) const;
  void refuse_different(const match::Step& step) const;

  const model::Tree& tree_;
  const match::Plan& plan_;
  SourceTensor source_tensor_;
  Arithmetic arithmetic_;
  std::unordered_map<match::StepId, tensor::LazyTensor> made_;
};

/// Whether a multiplication is among the steps that `output` depends on.
bool is_scaled(const match::Plan& plan, match::StepId output);

}  // namespace ckpt::edit
