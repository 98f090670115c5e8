// Builds a new OrderedDict with `_metadata` from the module tree. Parameters are detached as in
// torch: plain tensors over the same storages.

#include "ckpt/model/state_dict.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/module.hpp"

namespace ckpt::model {

namespace {

constexpr std::int64_t usual_version = 1;
constexpr std::int64_t norm_version = 2;  // since num_batches_tracked was added
constexpr std::array<std::string_view, 2> norm_modules{"torch.nn.modules.batchnorm",
                                                       "torch.nn.modules.instancenorm"};

std::int64_t version_of(const Tree& tree, NodeId module) {
  const NodeId type = class_of_module(tree, module);
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

/// The tensor that a call such as _rebuild_parameter_with_state(data, ...) turns into a Parameter.
NodeId data_of(const Tree& tree, NodeId parameter) {
  const NodeId call = tree.tensor(parameter).source;
  if (!tree.is(call, Kind::object)) return no_node;
  const NodeId args = tree.object(call).args;
  if (!tree.is(args, Kind::tuple) || tree.items(args).empty()) return no_node;
  const NodeId data = tree.items(args)[0];
  return tree.is(data, Kind::tensor) ? data : no_node;
}

NodeId detached(Tree& tree, std::string_view name, NodeId node) {
  if (tree.tensor(node).is_parameter && tree.tensor(node).source != no_node)
    node = data_of(tree, node);
  if (node == no_node)
    throw Error(ErrorKind::unsupported, concat(quote(name), " is a parameter without a tensor"));
  Tensor tensor = tree.tensor(node);
  if (tensor.source != no_node) return node;
  tensor.requires_grad = false;
  tensor.is_parameter = false;
  return tree.add_tensor(std::move(tensor));
}

/// The parameter without attributes of its own, which a state dict does not contain.
NodeId without_attributes(Tree& tree, NodeId node) {
  const Tensor& parameter = tree.tensor(node);
  if (!parameter.is_parameter || parameter.source == no_node) return node;
  const NodeId data = data_of(tree, node);
  if (data == no_node) return node;
  Tensor tensor = tree.tensor(data);
  tensor.is_parameter = true;
  tensor.requires_grad = parameter.requires_grad;
  return tree.add_tensor(std::move(tensor));
}

/// keep_vars of torch's state_dict(). Detached parameters become plain tensors that share their
/// storages as before and require no gradient; kept parameters stay Parameters.
enum class Vars : std::uint8_t { detached, kept };

StateDict make(Tree& tree, NodeId module, Vars vars, NameBudget& budget) {
  StateDict made;
  std::vector<Entry> versions_of_modules;
  const NodeId version_key = tree.add_text("version");
  for (const ModulePlace& place : modules_of(tree, module, budget)) {
    const NodeId version = tree.add_integer(version_of(tree, place.node));
    versions_of_modules.push_back(
        {tree.add_text(place.name), filled_dict(tree, DictType::plain, {{version_key, version}})});
    if (has_hooks(tree, place.node)) made.hooked_modules.push_back(place.name);
  }
  std::vector<Entry> entries;
  for (const ModuleTensor& found : state_of_module(tree, module, budget)) {
    const NodeId value = vars == Vars::kept ? without_attributes(tree, found.node)
                                            : detached(tree, found.name, found.node);
    entries.push_back({tree.add_text(found.name), value});
  }
  const NodeId metadata = filled_dict(tree, DictType::ordered, versions_of_modules);
  const NodeId attributes =
      filled_dict(tree, DictType::plain, {{tree.add_text("_metadata"), metadata}});
  made.node = filled_dict(tree, DictType::ordered, entries, attributes);
  return made;
}

}  // namespace

StateDict make_state_dict(Tree& tree, NodeId module) {
  NameBudget budget(tree);
  return make(tree, module, Vars::detached, budget);
}

void show_state_dicts(Tree& tree, std::span<const NodeId> modules) {
  NameBudget budget(tree);
  // Make all of them before replacing the first: a module may be inside another one.
  std::vector<NodeId> made;
  for (const NodeId module : modules) made.push_back(make(tree, module, Vars::kept, budget).node);
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto entries = tree.entries(made[i]);
    tree.fill_dict(modules[i], DictType::ordered, std::vector(entries.begin(), entries.end()),
                   tree.attributes(made[i]));
  }
}

void detach_entries(Tree& tree, NodeId state_dict) {
  edit_entries(tree, state_dict, [&](std::vector<Entry>& entries) {
    for (Entry& entry : entries) {
      const std::string name(tree.text(entry.key));
      entry.value = detached(tree, name, entry.value);
    }
  });
}

}  // namespace ckpt::model
