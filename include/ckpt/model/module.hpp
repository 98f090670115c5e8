// A pickled torch.nn.Module: an object of any class that keeps its tensors as torch's modules do.
//
//   Net { _parameters: {}, _buffers: {}, _modules: { fc: Linear { _parameters: { weight, bias } } }
//   }
//   -> fc.weight, fc.bias
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ckpt/model/role.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

struct ModuleTensor {
  std::string name;  ///< "layer1.0.weight"
  NodeId node = no_node;
  Role role = Role::parameter;
};

bool is_module(const Tree& tree, NodeId id);

/// What module.state_dict() holds, in its order: of each module its parameters, its persistent
/// buffers, then its children. Throws Error{limit} when modules shared by modules unfold to far
/// more names than the file has values.
std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module);

/// The outermost module in which `root` lies, if any: a root found by size is the largest layer of
/// a pickled module.
std::optional<Root> find_module_around(const Tree& tree, const Root& root);

/// Where `root`, the `_parameters` or `_buffers` of a module, stands in the outermost module around
/// it. Nothing when it is no such dict.
struct PlaceInModule {
  KeyPath module;      ///< the outermost one
  std::string prefix;  ///< of the names in its state: "layer1.0."; "" for its own tensors
};
std::optional<PlaceInModule> find_place_in_module(const Tree& tree, const Root& root);

}  // namespace ckpt::model
