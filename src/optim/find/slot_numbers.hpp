// Numbers that a group keeps for its parameters where other optimizers keep them in the states.
// apex's NovoGrad has group['exp_avg_sq'] = [half, single]: per precision, one number for every
// parameter that was stepped, in the order of the group.
//
//   params [0, 1, 2], exp_avg of 0 and 2 float16:   [tensor([n0, n2]), tensor([n1])]
//
// Source: https://github.com/NVIDIA/apex, apex/optimizers/fused_novograd.py
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ckpt/optim/optimizer.hpp"

namespace ckpt::optim {

inline constexpr std::string_view slot_numbers_key = "exp_avg_sq";

/// The number of one slot.
struct SlotNumber {
  std::size_t vector = 0;  ///< index of the vector in the list
  double value = 0;
};

using SlotNumbers = std::vector<std::optional<SlotNumber>>;

/// One number per slot, nothing for slots that were never stepped; empty when no group keeps
/// numbers. Throws Error{conflict} when the length of a vector does not match the slots.
SlotNumbers slot_numbers(const model::Tree& tree, const Optimizer& optimizer);

/// Writes `numbers`, one per parameter, into the vectors of `group`. Vectors that already hold them
/// are not replaced.
void set_slot_numbers(model::Tree& tree, model::NodeId group, const SlotNumbers& numbers);

}  // namespace ckpt::optim
