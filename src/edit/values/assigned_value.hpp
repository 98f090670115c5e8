// Turns a written value into a value of the type that the checkpoint has:
//
//   float    1e-5, inf, nan; an integer becomes a float       3    -> 3.0
//   int      3                                                3.0 is refused
//   bool     true, False
//   None     whatever Python would read; and None may take the place of a number
//   tuple    as many items: 0.9,0.95 or (0.9, 0.95)
//   tensor   one number, for a tensor of one element, which is filled with it: dtype, shape, device
//            and ties stay; complex ones take 1+2j
#pragma once

#include <string>

#include "ckpt/model/tree.hpp"
#include "edit/values/tensor_fills.hpp"

namespace ckpt::edit {

/// A new value with the type of `old`. For a tensor it is `old` itself, and `fills` will fill it.
/// Throws Error{conflict} when the text is not of that type.
model::NodeId make_assigned_value(model::Tree& tree, model::NodeId old, const std::string& value,
                                  TensorFills& fills);

/// Whether two numbers or texts, or sequences of these, have the same type and the same text; for
/// other values, whether they are the same node of the same tree.
bool is_same_written(const model::Tree& tree_a, model::NodeId a, const model::Tree& tree_b,
                     model::NodeId b);

}  // namespace ckpt::edit
