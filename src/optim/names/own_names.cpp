// Reads names that an optimizer itself holds.
#include <algorithm>

#include "optim/find/forms.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// Appends the texts of a list; returns false when it is not a list of `count` texts.
bool append_texts(const Tree& tree, NodeId list, std::size_t count,
                  std::vector<std::string>& texts) {
  if (list == no_node || !is_list_like(tree, list)) return false;
  const auto items = tree.items(list);
  if (items.size() != count) return false;
  for (const NodeId item : items) {
    if (!tree.is(item, Kind::text)) return false;
    texts.emplace_back(tree.text(item));
  }
  return true;
}

std::vector<std::string> names_from_param_names(const Tree& tree, const Optimizer& optimizer) {
  std::vector<std::string> names;
  for (const Group& group : optimizer.groups)
    if (!append_texts(tree, tree.find(group.node, "param_names"), group.slot_count, names))
      return {};
  return names;
}

/// Gaussian splatting puts each tensor into a group with a name.
std::vector<std::string> names_from_group_names(const Tree& tree, const Optimizer& optimizer) {
  std::vector<std::string> names;
  for (const Group& group : optimizer.groups) {
    const NodeId name = tree.find(group.node, "name");
    if (group.slot_count != 1 || name == no_node || !tree.is(name, Kind::text)) return {};
    names.emplace_back(tree.text(name));
  }
  return names;
}

}  // namespace

void find_own_names(const Tree& tree, Optimizer& optimizer) {
  const auto take = [&](std::vector<std::string> names, std::string_view source) {
    if (names.empty() || !optimizer.own_names.empty()) return;
    optimizer.own_names = std::move(names);
    optimizer.own_names_source = source;
  };
  if (optimizer.form != Form::packed) {
    std::vector<std::string> labels;
    for (const Slot& slot : optimizer.slots) labels.push_back(slot.label);
    return take(std::move(labels), "the ids are names");
  }
  take(names_from_param_names(tree, optimizer), "param_names");
  take(names_from_group_names(tree, optimizer), "the groups have names");
}

}  // namespace ckpt::optim
