// The order in which modules were registered, recovered for files that sort their names
// (safetensors, JSON tools). It is a walk of the module tree: own parameters before children,
// numbered children ascending, every subtree contiguous, modules with the same set of children
// alike. What is left open is one permutation a kind of module; shapes of the ids settle most,
// convention the rest:
//
//   self_attn { k_proj o_proj q_proj v_proj }   as sorted
//   self_attn { q_proj k_proj v_proj o_proj }   fits the shapes, and is how it is written
#pragma once

#include <string>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

struct RegistrationOrder {
  Indices names;  ///< one a flat id
  std::vector<ChildOrder> choices;
  int convention = 0;  ///< pairs of children in the usual order, less those in the other
};

struct RegistrationOrders {
  std::vector<RegistrationOrder> found;  ///< best convention first, each assignment once
  bool is_complete = true;               ///< false: there were too many to try
};

/// `trained` in every registration order that agrees with the shapes, when `group_of_name` says for
/// each of them which group lists it.
RegistrationOrders find_registration_orders(const Problem& problem, const Indices& trained,
                                            const std::vector<int>& group_of_name);

}  // namespace ckpt::optim
