// What is known about the entries of a parameter's state, by key: how each is shaped, and how two
// runs are averaged.
//
//   exp_avg      as the parameter       averaged
//   step         one number             the larger
//   row_var      factored               averaged
//   qmap1        a constant             equal or refused
#pragma once

#include <cstdint>
#include <string_view>

namespace ckpt::optim {

enum class SlotShape : std::uint8_t {
  per_element,  ///< as the parameter
  scalar,       ///< a number, or a tensor of one element
  row_factor,   ///< the shape without the last dimension (HF), or with 1 there (torch)
  column_factor,
  other,  ///< quantisation tables, flat vectors, lists
  unknown,
};

enum class SlotMean : std::uint8_t {
  mean,
  first_moment,   ///< corrected for its bias when steps differ: betas[0]
  second_moment,  ///< the same with betas[1]
  maximum,
  of_larger_step,  ///< a function of the step: taken where the step is taken
  step,            ///< the larger
  geometric_mean,
  refused,
};

struct SlotRule {
  std::string_view key;
  SlotShape shape = SlotShape::unknown;
  SlotMean mean = SlotMean::refused;
};

/// The rule for `key`; a rule of shape unknown for a key that is not known.
/// Source: the state dicts that torch.optim writes, release 1.13 to 2.9, apex, bitsandbytes and
/// transformers.
SlotRule slot_rule(std::string_view key);

}  // namespace ckpt::optim
