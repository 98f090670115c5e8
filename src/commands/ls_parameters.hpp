// Which parameter a tensor in the state of an optimizer belongs to.
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

/// By tensor node; without tensors that several parameters share, and optimizers whose ids have no
/// settled names.
std::unordered_map<model::NodeId, StateOwner> find_state_owners(const model::Tree& tree);

}  // namespace ckpt::commands
