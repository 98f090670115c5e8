// What torch's module.state_dict() gives, made from a pickled module without its classes.
#pragma once

#include <span>
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

/// Parameters and persistent buffers by name, detached: plain tensors that share their storages as
/// before and require no gradient. `_metadata` holds the version of each module:
/// of torch's own classes the one they have in torch 2.13, else 1, as torch.nn.Module has it; the
/// file does not say. What get_extra_state() of a class would add is not in the file either.
/// Throws Error{unsupported} where the data of a parameter to be detached is no tensor in the file,
/// Error{limit} as state_of_module.
StateDict make_state_dict(Tree& tree, NodeId module);

/// For what only reads the tree: the node of each of `modules`, which differ, becomes the state
/// dict of that module, wherever it lies. Parameters stay parameters (keep_vars of torch's
/// state_dict()), without attributes of their own. Errors as make_state_dict.
void show_state_dicts(Tree& tree, std::span<const NodeId> modules);

/// Makes of what show_state_dicts() shows what state_dict() gives: detached tensors, as an edit
/// takes them into another file. Errors as make_state_dict.
void detach_entries(Tree& tree, NodeId state_dict);

}  // namespace ckpt::model
