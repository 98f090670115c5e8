// What is known about each entry of a parameter's state, by key: its shape, and how the entries of
// several runs are averaged.
//
//   exp_avg      shape of the parameter   averaged
//   step         one number               the larger
//   row_var      factored                 averaged
//   qmap1        a constant               equal, or refused
//   qmap1        a constant             equal or refused
#pragma once

#include <cstdint>
#include <string_view>

namespace ckpt::optim {

/// How the shape of an entry follows from the shape of its parameter.
enum class SlotShape : std::uint8_t {
  per_element,  ///< the shape of the parameter
  scalar,       ///< a number, or a tensor of one element
  row_factor,   ///< the shape without the last dimension (HF), or with 1 in its place (torch)
  column_factor,
  other,  ///< quantisation tables, flat vectors, lists
  unknown,
};

/// How entries of several runs are averaged.
enum class SlotMean : std::uint8_t {
  mean,
  first_moment,   ///< averaged after bias correction with betas[0] when steps differ
  second_moment,  ///< likewise with betas[1]
  maximum,
  of_larger_step,  ///< a function of the step: taken from the run with the larger step
  step,            ///< the larger
  geometric_mean,
  refused,
};

struct SlotRule {
  std::string_view key;
  SlotShape shape = SlotShape::unknown;
  SlotMean mean = SlotMean::refused;
};

/// The rule for `key`. For an unknown key, a rule with shape `unknown`.
///
/// Source: the state dicts that torch.optim (1.13 to 2.9), apex, bitsandbytes and transformers
/// write.
SlotRule slot_rule(std::string_view key);

}  // namespace ckpt::optim
