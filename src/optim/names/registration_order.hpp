// Recovers the order of registration of modules from files with sorted names (safetensors, JSON
// tools). The order is a walk of the module tree: own parameters before children, numbered children
// ascending, every subtree contiguous, modules with the same children in the same order. What is
// unknown is one permutation per kind of module; the shapes of the ids determine most of them,
// convention the rest:
//
//   self_attn { k_proj o_proj q_proj v_proj }   as sorted
//   self_attn { q_proj k_proj v_proj o_proj }   fits the shapes, and is the usual order
#pragma once

#include <string>
#include <vector>

#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// One order that agrees with the shapes.
struct RegistrationOrder {
  Indices names;  ///< one per flat id
  std::vector<ChildOrder> choices;
  int convention = 0;  ///< pairs of children in usual order minus pairs in the reverse
};

struct RegistrationOrders {
  std::vector<RegistrationOrder> found;  ///< best convention first, each assignment once
  bool is_complete = true;               ///< false: there were too many to try
};

/// The orders of `trained` that agree with the shapes, when `group_of_name` gives the group of each
/// of them.
RegistrationOrders find_registration_orders(const Problem& problem, const Indices& trained,
                                            const std::vector<int>& group_of_name);

}  // namespace ckpt::optim
