// Groups are rebuilt from neighbouring parameters with equal hyperparameters: the flattened form
// does not store the borders of groups.

#include "ckpt/optim/flatten.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "optim/find/equal_values.hpp"
#include "optim/find/forms.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// The entries of a flattened optimizer for one parameter.
struct Parameter {
  std::string name;
  std::vector<Entry> state;
  std::vector<Entry> hyperparameters;
};

/// In the order of the groups; parameters that no group lists come last.
std::vector<Parameter> parameters_of(Tree& tree, NodeId optimizer) {
  std::vector<Parameter> parameters;
  std::unordered_map<std::string, std::size_t> place;
  const std::vector<Entry> entries = model::copy_entries(tree, optimizer);
  const auto take = [&](bool is_state) {
    for (const Entry& entry : entries) {
      const FlatKey key = *parse_flat_key(tree.text(entry.key));
      if (key.is_state != is_state) continue;
      const std::string name(key.name);
      const std::string last(key.key);
      const auto [known, is_new] = place.try_emplace(name, parameters.size());
      if (is_new) parameters.push_back({.name = name, .state = {}, .hyperparameters = {}});
      Parameter& parameter = parameters[known->second];
      (is_state ? parameter.state : parameter.hyperparameters)
          .push_back({tree.add_text(last), entry.value});
    }
  };
  take(false);
  take(true);
  return parameters;
}

bool have_equal_hyperparameters(const Tree& tree, const Parameter& a, const Parameter& b) {
  return std::ranges::equal(
      a.hyperparameters, b.hyperparameters, [&](const Entry& x, const Entry& y) {
        return tree.text(x.key) == tree.text(y.key) && are_equal(tree, x.value, tree, y.value);
      });
}

NodeId add_group(Tree& tree, const Parameter& first, const std::vector<NodeId>& names) {
  std::vector<Entry> entries = first.hyperparameters;
  entries.push_back({tree.add_text("params"), tree.add_list(names)});
  return tree.add_dict(entries);
}

void unflatten(Tree& tree, NodeId optimizer) {
  const std::vector<Parameter> parameters = parameters_of(tree, optimizer);
  std::vector<Entry> states;
  std::vector<NodeId> groups;
  std::vector<NodeId> names;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    names.push_back(tree.add_text(parameters[i].name));
    if (!parameters[i].state.empty())
      states.push_back({names.back(), tree.add_dict(parameters[i].state)});
    const bool ends = i + 1 == parameters.size() ||
                      !have_equal_hyperparameters(tree, parameters[i], parameters[i + 1]);
    if (!ends) continue;
    groups.push_back(add_group(tree, parameters[i], names));
    names.clear();
  }
  const NodeId state = tree.add_dict(states);
  tree.set_entries(optimizer,
                   std::vector<Entry>{{tree.add_text("state"), state},
                                      {tree.add_text("param_groups"), tree.add_list(groups)}});
}

void append_flattened(Tree& tree, std::string_view section, const std::string& name,
                      const std::vector<Entry>& values, std::vector<Entry>& entries) {
  for (const Entry& value : values) {
    const std::string key(tree.text(value.key));
    if (key == "params") continue;
    entries.push_back({tree.add_text(concat(section, '.', name, '.', key)), value.value});
  }
}

}  // namespace

std::vector<NodeId> unflatten_optimizers(Tree& tree) {
  std::vector<NodeId> turned;
  for (const Optimizer& optimizer : find_optimizers(tree)) {
    if (optimizer.form != Form::flattened) continue;
    unflatten(tree, optimizer.node);
    turned.push_back(optimizer.node);
  }
  return turned;
}

void flatten_optimizer(Tree& tree, NodeId optimizer) {
  std::vector<Entry> entries;
  for (const Entry& state : model::copy_entries(tree, tree.find(optimizer, "state")))
    append_flattened(tree, "state", std::string(tree.text(state.key)),
                     model::copy_entries(tree, state.value), entries);
  const NodeId list = tree.find(optimizer, "param_groups");
  const std::vector<NodeId> groups = model::copy_items(tree, list);
  for (const NodeId group : groups) {
    const NodeId params = tree.find(group, "params");
    const std::vector<NodeId> names = model::copy_items(tree, params);
    for (const NodeId name : names)
      append_flattened(tree, "param_groups", std::string(tree.text(name)),
                       model::copy_entries(tree, group), entries);
  }
  tree.set_entries(optimizer, entries);
}

}  // namespace ckpt::optim
