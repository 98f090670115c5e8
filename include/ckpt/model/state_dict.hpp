// What torch's module.state_dict() gives, made from a pickled module without its classes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct StateDict {
  NodeId node = no_node;  ///< a new OrderedDict with its `_metadata`
  /// Modules with hooks of their own on state_dict(), which nothing here runs; "" is the outermost.
  std::vector<std::string> hooked_modules = {};
};

/// keep_vars of torch's state_dict(): detached, they are plain tensors that share their storages as
/// before and require no gradient; kept, parameters stay what they are.
enum class Vars : std::uint8_t { detached, kept };

/// Parameters and persistent buffers by name. `_metadata` holds the version of each module:
/// of torch's own classes the one they have in torch 2.13, else 1, as torch.nn.Module has it; the
/// file does not say. What get_extra_state() of a class would add is not in the file either.
/// Throws Error{unsupported} where the data of a parameter to be detached is no tensor in the file,
/// Error{limit} as state_of_module.
StateDict make_state_dict(Tree& tree, NodeId module, Vars vars = Vars::detached);

/// Puts the state dict of `module` where the module is: at the top of the tree or in an entry of a
/// dict. Nothing where it lies elsewhere. Errors as make_state_dict.
std::optional<StateDict> put_state_dict(Tree& tree, const Root& module, Vars vars);

}  // namespace ckpt::model
