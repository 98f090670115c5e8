// Which parameter a tensor or number in the state of an optimizer belongs to.
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

/// By the node of a tensor or plain value; without those that several parameters share, and
/// optimizers whose ids have no settled names.
/// Throws Error{io} or Error{malformed} when tensors that tell copies of tied weights apart cannot
/// be read.
StateOwners find_state_owners(const model::Tree& tree);

/// "fc.weight", in doubt with how sure that is: "fc.weight (assumed)"; "" of what has no owner.
std::string owner_text(const StateOwners& owners, model::NodeId node);

}  // namespace ckpt::commands
