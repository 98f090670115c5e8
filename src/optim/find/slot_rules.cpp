#include "ckpt/optim/slot_rules.hpp"

#include <algorithm>
#include <array>

namespace ckpt::optim {

namespace {

using enum SlotShape;
using enum SlotMean;

constexpr std::array rules{
    SlotRule{"exp_avg", per_element, first_moment},
    SlotRule{"exp_avg_sq", per_element, second_moment},
    SlotRule{"max_exp_avg_sq", per_element, maximum},
    SlotRule{"exp_inf", per_element, maximum},
    SlotRule{"momentum_buffer", per_element, mean},
    SlotRule{"square_avg", per_element, mean},
    SlotRule{"grad_avg", per_element, mean},
    SlotRule{"acc_delta", per_element, mean},
    SlotRule{"sum", per_element, mean},
    SlotRule{"variance", per_element, mean},
    SlotRule{"ax", per_element, mean},
    SlotRule{"prev", per_element, mean},
    SlotRule{"step_size", per_element, geometric_mean},
    SlotRule{"state1", per_element, refused},
    SlotRule{"state2", per_element, refused},
    SlotRule{"exp_avg_slow", per_element, mean},
    SlotRule{"exp_avg_fast", per_element, mean},
    SlotRule{"exp_avg_diff", per_element, mean},
    SlotRule{"master_param", per_element, mean},
    SlotRule{"fp32_param", per_element, mean},
    SlotRule{"z", per_element, mean},
    SlotRule{"m", per_element, mean},
    SlotRule{"v", per_element, mean},
    SlotRule{"step", scalar, SlotMean::step},
    SlotRule{"mu_product", scalar, of_larger_step},
    SlotRule{"eta", scalar, of_larger_step},
    SlotRule{"mu", scalar, of_larger_step},
    SlotRule{"RMS", scalar, of_larger_step},
    SlotRule{"row_var", row_factor, mean},
    SlotRule{"col_var", column_factor, mean},
    SlotRule{"exp_avg_sq_row", row_factor, mean},
    SlotRule{"exp_avg_sq_col", column_factor, mean},
    SlotRule{"qmap1", other, refused},
    SlotRule{"qmap2", other, refused},
    SlotRule{"absmax1", other, refused},
    SlotRule{"absmax2", other, refused},
    SlotRule{"unorm_vec", other, refused},
    SlotRule{"d", other, refused},
    SlotRule{"t", scalar, refused},
    SlotRule{"func_evals", scalar, refused},
    SlotRule{"n_iter", scalar, refused},
    SlotRule{"old_dirs", other, refused},
    SlotRule{"old_stps", other, refused},
    SlotRule{"prev_flat_grad", other, refused},
};

}  // namespace

SlotRule slot_rule(std::string_view key) {
  const auto found = std::ranges::find(rules, key, &SlotRule::key);
  return found == rules.end() ? SlotRule{key} : *found;
}

}  // namespace ckpt::optim
