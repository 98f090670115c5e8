// Reads a pickled torch.nn.Module without its class. torch.save(model) stores the module object
// itself; its tensors are in the attributes that every torch module has.
//
//   Net { _parameters: {}, _buffers: {}, _modules: { fc: Linear { _parameters: { weight, bias } } }
//   }
//   -> fc.weight, fc.bias
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ckpt/model/role.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::model {

/// A tensor of a module, under its name in the state dict.
struct ModuleTensor {
  std::string name;  ///< "layer1.0.weight"
  NodeId node = no_node;
  Role role = Role::parameter;
};

/// Whether the node is an object with the attributes of a module.
bool is_module(const Tree& tree, NodeId id);

/// The class of a module; a symbol when the file names the class.
NodeId class_of_module(const Tree& tree, NodeId module);

/// The attribute `name` of an object whose state is a dict; no_node when there is none.
NodeId find_attribute(const Tree& tree, NodeId object, std::string_view name);

/// Limits the total length of the names of modules and tensors. Modules that are shared or deeply
/// nested could make names far larger than the file.
struct NameBudget {
  explicit NameBudget(const Tree& tree);
  std::size_t bytes_left = 0;
};

/// The content of module.state_dict(), in its order: for each module its parameters, then its
/// persistent buffers, then its children. Throws Error{limit} when shared modules expand to far
/// more names than the file has values.
std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module);
/// The same, with a budget that several modules share.
std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module, NameBudget& budget);

/// A module with its name in the outermost module: "layer1.0"; "" for the outermost itself.
struct ModulePlace {
  std::string name;
  NodeId node = no_node;
};

/// `module` and all modules below it, parents first, as
/// module.named_modules(remove_duplicate=False). Throws as state_of_module does.
std::vector<ModulePlace> modules_of(const Tree& tree, NodeId module, NameBudget& budget);

struct PlacedModule {
  NodeId node = no_node;
  PlaceId place = Places::top;
};
struct PlacedModules {
  Places places;
  std::vector<PlacedModule> all;
};

/// The outermost modules in file order. A module that contains the path `opened` is not returned;
/// its children are.
PlacedModules outermost_modules(const Tree& tree, const KeyPath& opened = {});

/// The path of each tensor of the pickled modules: "model:fc.weight". Long paths to a module are
/// shortened in their middle. Throws as state_of_module does.
std::unordered_map<NodeId, std::string> paths_in_modules(const Tree& tree);

/// The outermost module that contains `root`, if any. A root that was chosen by size can be the
/// largest layer of a pickled module.
std::optional<Root> find_module_around(const Tree& tree, const Root& root);

/// The place of `root` in the outermost module around it, if `root` is the `_parameters` or
/// `_buffers` dict of a module; else nothing.
struct PlaceInModule {
  KeyPath module;      ///< the outermost one
  std::string prefix;  ///< of its names in the state dict: "layer1.0."; "" for the module's own
                       ///< tensors
};
std::optional<PlaceInModule> find_place_in_module(const Tree& tree, const Root& root);

}  // namespace ckpt::model
