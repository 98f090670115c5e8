// Makes module.state_dict() from a pickled module, without its class: names from the module tree,
// parameters and persistent buffers as values, and `_metadata` with the version of each module,
// which load_state_dict reads.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct StateDict {
  NodeId node = no_node;  ///< a new OrderedDict with its `_metadata`
  /// Modules with state_dict() hooks of their own, which ckpt cannot run; "" is the outermost.
  std::vector<std::string> hooked_modules = {};
};

/// A state dict of the parameters and persistent buffers, detached: plain tensors that share their
/// storages as before and require no gradient. `_metadata` holds the version of each module. The
/// file does not contain versions: a torch class gets its version in torch 2.13, other classes get
/// 1, the default of torch.nn.Module. What get_extra_state() would return is not in the file
/// either.
///
/// Throws Error{unsupported} when the data of a parameter is not a tensor in the file, Error{limit}
/// as state_of_module does.
StateDict make_state_dict(Tree& tree, NodeId module);

/// For read-only use: replaces each of `modules`, which are different nodes, by its state dict, at
/// every place where it occurs. Parameters stay Parameters, as with state_dict(keep_vars=True),
/// without their own attributes. Throws as make_state_dict does.
void show_state_dicts(Tree& tree, std::span<const NodeId> modules);

/// Turns a dict made by show_state_dicts() into what state_dict() returns, with detached tensors,
/// so that it can be copied into another file. Throws as make_state_dict does.
void detach_entries(Tree& tree, NodeId state_dict);

}  // namespace ckpt::model
