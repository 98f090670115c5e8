#include "ckpt/model/state_dict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::model {

namespace {

constexpr std::int64_t usual_version = 1;
constexpr std::int64_t norm_version = 2;  // since num_batches_tracked
constexpr std::array<std::string_view, 2> norm_modules{"torch.nn.modules.batchnorm",
                                                       "torch.nn.modules.instancenorm"};

/// cls in cls.__new__(cls), or in copyreg._reconstructor(cls, ...), which protocols 0 and 1 have.
NodeId class_of(const Tree& tree, NodeId id) {
  const Object& object = tree.object(id);
  const bool is_made_by_call = object.construction == Construction::reduce &&
                               tree.is(object.args, Kind::tuple) &&
                               !tree.items(object.args).empty();
  return is_made_by_call ? tree.items(object.args)[0] : object.callable;
}

std::int64_t version_of(const Tree& tree, NodeId module) {
  const NodeId type = class_of(tree, module);
  const bool is_norm =
      tree.is(type, Kind::symbol) &&
      std::ranges::find(norm_modules, tree.symbol(type).module) != norm_modules.end();
  return is_norm ? norm_version : usual_version;
}

bool has_hooks(const Tree& tree, NodeId module) {
  for (const std::string_view name : {"_state_dict_hooks", "_state_dict_pre_hooks"})
    if (const NodeId hooks = find_attribute(tree, module, name);
        hooks != no_node && tree.is(hooks, Kind::dict) && !tree.entries(hooks).empty())
      return true;
  return false;
}

NodeId filled_dict(Tree& tree, DictType type, const std::vector<Entry>& entries,
                   NodeId attributes = no_node) {
  const NodeId dict = tree.add();
  tree.fill_dict(dict, type, entries, attributes);
  return dict;
}

/// The tensor that a call such as _rebuild_parameter_with_state(data, ...) makes a parameter of.
NodeId data_of(const Tree& tree, NodeId parameter) {
  const NodeId call = tree.tensor(parameter).source;
  if (!tree.is(call, Kind::object)) return no_node;
  const NodeId args = tree.object(call).args;
  if (!tree.is(args, Kind::tuple) || tree.items(args).empty()) return no_node;
  const NodeId data = tree.items(args)[0];
  return tree.is(data, Kind::tensor) ? data : no_node;
}

NodeId detached(Tree& tree, const ModuleTensor& found) {
  NodeId node = found.node;
  if (tree.tensor(node).is_parameter && tree.tensor(node).source != no_node)
    node = data_of(tree, node);
  if (node == no_node)
    throw Error(ErrorKind::unsupported,
                concat(quote(found.name), " is a parameter without a tensor"));
  Tensor tensor = tree.tensor(node);
  if (tensor.source != no_node) return node;
  tensor.requires_grad = false;
  tensor.is_parameter = false;
  const NodeId copy = tree.add();
  tree.fill_tensor(copy, std::move(tensor));
  return copy;
}

/// The container of which the last step of `path` is about an entry.
NodeId node_above(const Tree& tree, const KeyPath& path) {
  Walk walk(tree, tree.root());
  while (walk.next()) {
    if (!leads_to(path, walk.path())) {
      walk.skip_children();
    } else if (walk.depth() + 1 == path.size()) {
      return walk.node();
    }
  }
  return no_node;
}

}  // namespace

StateDict make_state_dict(Tree& tree, NodeId module, Vars vars) {
  StateDict made;
  std::vector<Entry> versions_of_modules;
  const NodeId version_key = tree.add_text("version");
  for (const ModulePlace& place : modules_of(tree, module)) {
    const NodeId version = tree.add_integer(version_of(tree, place.node));
    versions_of_modules.push_back(
        {tree.add_text(place.name), filled_dict(tree, DictType::plain, {{version_key, version}})});
    if (has_hooks(tree, place.node)) made.hooked_modules.push_back(place.name);
  }
  std::vector<Entry> entries;
  for (const ModuleTensor& found : state_of_module(tree, module))
    entries.push_back(
        {tree.add_text(found.name), vars == Vars::kept ? found.node : detached(tree, found)});
  const NodeId metadata = filled_dict(tree, DictType::ordered, versions_of_modules);
  const NodeId attributes =
      filled_dict(tree, DictType::plain, {{tree.add_text("_metadata"), metadata}});
  made.node = filled_dict(tree, DictType::ordered, entries, attributes);
  return made;
}

std::optional<StateDict> put_state_dict(Tree& tree, const Root& module, Vars vars) {
  if (module.path.empty()) {
    StateDict made = make_state_dict(tree, module.node, vars);
    tree.set_root(made.node);
    return made;
  }
  const NodeId parent = node_above(tree, module.path);
  if (!tree.is(parent, Kind::dict)) return std::nullopt;
  StateDict made = make_state_dict(tree, module.node, vars);
  std::vector<Entry> entries(tree.entries(parent).begin(), tree.entries(parent).end());
  for (Entry& entry : entries)
    if (entry.key == module.path.back().key) entry.value = made.node;
  tree.set_entries(parent, entries);
  return made;
}

}  // namespace ckpt::model
