// What torch's module.state_dict() gives, made from a pickled module without its classes.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct StateDict {
  NodeId node = no_node;  ///< a new OrderedDict with its `_metadata`
  /// Modules with hooks of their own on state_dict(), which nothing here runs; "" is the outermost.
  std::vector<std::string> hooked_modules = {};
};

/// Parameters and persistent buffers by name, detached as torch does: plain tensors that share
/// their storages as before and require no gradient. `_metadata` holds the version of each module:
/// of torch's own classes the one they have in torch 2.13, else 1, as torch.nn.Module has it; the
/// file does not say. What get_extra_state() of a class would add is not in the file either.
/// Throws Error{unsupported} for a parameter whose data is no tensor in the file, Error{limit} as
/// state_of_module.
StateDict make_state_dict(Tree& tree, NodeId module);

}  // namespace ckpt::model
