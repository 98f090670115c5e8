// The lists of the classes in torch.optim.lr_scheduler, by key. A scheduler may contain others.

#include "optim/find/scheduler_lists.hpp"

#include <algorithm>
#include <array>

#include "ckpt/model/entries.hpp"
#include "optim/find/forms.hpp"

namespace ckpt::optim {

using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

constexpr std::array<std::string_view, 9> group_lists{
    "base_lrs", "_last_lr",       "lr_lambdas",    "max_lrs",          "min_lrs",
    "last_lr",  "base_momentums", "max_momentums", "anneal_strategies"};

std::vector<NodeId> lists_of(const Tree& tree, NodeId node) {
  std::vector<NodeId> lists;
  for (const std::string_view name : group_lists) {
    const NodeId list = tree.find(node, name);
    if (list != no_node && is_list_like(tree, list)) lists.push_back(list);
  }
  return lists;
}

}  // namespace

bool is_scheduler(const Tree& tree, NodeId node) {
  if (!tree.is(node, Kind::dict)) return false;
  const bool counts = tree.find(node, "last_epoch") != no_node ||
                      tree.find(node, "num_bad_epochs") != no_node ||
                      tree.find(node, "_step_count") != no_node;
  return counts && (!lists_of(tree, node).empty() || tree.find(node, "_schedulers") != no_node);
}

std::size_t scheduler_group_count(const Tree& tree, NodeId node) {
  std::size_t count = 0;
  for (const NodeId list : lists_of(tree, node)) {
    const std::size_t size = tree.items(list).size();
    if (count != 0 && size != count) return 0;
    count = size;
  }
  return count;
}

void cut_scheduler(Tree& tree, NodeId node, std::size_t group_count,
                   const std::vector<std::size_t>& kept) {
  for (const NodeId list : lists_of(tree, node)) {
    const std::vector<NodeId> before = model::copy_items(tree, list);
    if (before.size() != group_count) continue;
    std::vector<NodeId> after;
    for (const std::size_t group : kept) after.push_back(before[group]);
    tree.set_items(list, after);
  }
}

void join_schedulers(Tree& tree, NodeId node, NodeId other) {
  for (const std::string_view name : group_lists) {
    const NodeId list = tree.find(node, name);
    const NodeId more = tree.find(other, name);
    if (list == no_node || more == no_node) continue;
    if (!is_list_like(tree, list) || !is_list_like(tree, more)) continue;
    std::vector<NodeId> items = model::copy_items(tree, list);
    items.insert(items.end(), tree.items(more).begin(), tree.items(more).end());
    tree.set_items(list, items);
  }
}

void replace_scheduler_lists(Tree& tree, NodeId node, NodeId other) {
  for (const std::string_view name : group_lists) {
    const NodeId list = tree.find(node, name);
    const NodeId wanted = tree.find(other, name);
    if (list == no_node || wanted == no_node) continue;
    if (!is_list_like(tree, list) || !is_list_like(tree, wanted)) continue;
    const std::vector<NodeId> items = model::copy_items(tree, wanted);
    tree.set_items(list, items);
  }
}

}  // namespace ckpt::optim
