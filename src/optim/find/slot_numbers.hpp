// Numbers that a group keeps of its parameters where others have them in their states: apex's
// NovoGrad has group['exp_avg_sq'] = [half, single], for each precision one number of every
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

struct SlotNumber {
  std::size_t vector = 0;  ///< which of the lists
  double value = 0;
};

using SlotNumbers = std::vector<std::optional<SlotNumber>>;

/// One a slot, nothing for slots that were never stepped; empty when no group keeps any.
/// Throws Error{conflict} when the vectors are not as long as the slots ask for.
SlotNumbers slot_numbers(const model::Tree& tree, const Optimizer& optimizer);

/// Makes the vectors of `group` hold `numbers`, one a parameter; those that hold them already stay.
void set_slot_numbers(model::Tree& tree, model::NodeId group, const SlotNumbers& numbers);

}  // namespace ckpt::optim
