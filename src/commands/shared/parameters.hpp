// Finds the parameter that a tensor or number in an optimizer's state belongs to.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/resolve.hpp"

namespace ckpt::commands {

struct StateOwner {
  std::string name;  ///< of the parameter
  optim::Level level = optim::Level::named;
};

using StateOwners = std::unordered_map<model::NodeId, StateOwner>;

/// Indexed by the node of a tensor or plain value. Values that several parameters share, and
/// optimizers without settled names, are left out. Throws Error{io} or Error{malformed} when
/// tensors that distinguish copies of tied weights cannot be read.
StateOwners find_state_owners(const model::Tree& tree);

/// "fc.weight"; "fc.weight (assumed)" when it is not certain; "" without an owner.
std::string owner_text(const StateOwners& owners, model::NodeId node);

}  // namespace ckpt::commands
