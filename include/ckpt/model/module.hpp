// A pickled torch.nn.Module: an object of any class that keeps its tensors as torch's modules do.
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

struct ModuleTensor {
  std::string name;  ///< "layer1.0.weight"
  NodeId node = no_node;
  Role role = Role::parameter;
};

bool is_module(const Tree& tree, NodeId id);

/// The class of a module: a symbol where the file names one.
NodeId class_of_module(const Tree& tree, NodeId module);

/// The attribute of an object that was given its attributes as a dict, or no_node.
NodeId find_attribute(const Tree& tree, NodeId object, std::string_view name);

/// How much text the names of modules and of their tensors may take: those of modules that are
/// shared or nested deeply could take far more memory than the file.
struct NameBudget {
  explicit NameBudget(const Tree& tree);
  std::size_t bytes_left = 0;
};

/// What module.state_dict() holds, in its order: of each module its parameters, its persistent
/// buffers, then its children. Throws Error{limit} when modules shared by modules unfold to far
/// more names than the file has values.
std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module);
/// The same for one module of several.
std::vector<ModuleTensor> state_of_module(const Tree& tree, NodeId module, NameBudget& budget);

/// A module as torch names it within another: "layer1.0"; "" for the outermost.
struct ModulePlace {
  std::string name;
  NodeId node = no_node;
};

/// `module` and the modules below it, each before its children, as module.named_modules() with
/// remove_duplicate=False. Errors as state_of_module.
std::vector<ModulePlace> modules_of(const Tree& tree, NodeId module, NameBudget& budget);

struct PlacedModule {
  NodeId node = no_node;
  PlaceId place = Places::top;
};
struct PlacedModules {
  Places places;
  std::vector<PlacedModule> all;
};

/// The outermost modules, in the order of the file. One in which `opened` lies is gone into.
PlacedModules outermost_modules(const Tree& tree, const KeyPath& opened = {});

/// How the tensors of pickled modules are called from the top: "model:fc.weight"; of long paths to
/// the modules the middle is left out. Errors as state_of_module.
std::unordered_map<NodeId, std::string> paths_in_modules(const Tree& tree);

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
