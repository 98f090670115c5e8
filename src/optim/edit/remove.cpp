// Removes optimizers from a file, or resets them to their state before the first step.
#include <algorithm>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/baggage.hpp"
#include "ckpt/optim/carry.hpp"
#include "optim/edit/initial_state.hpp"
#include "optim/find/forms.hpp"
#include "optim/find/slot_numbers.hpp"

namespace ckpt::optim {

using model::Entry;
using model::Kind;
using model::no_node;
using model::NodeId;
using model::Tree;

namespace {

/// Removes all references to `gone` from the dicts and lists of the tree.
void remove_references(Tree& tree, const std::unordered_set<NodeId>& gone) {
  std::vector<NodeId> containers;
  std::unordered_set<NodeId> seen;
  model::Walk walk(tree, tree.root());
  while (walk.next()) {
    if (gone.contains(walk.node()) || tree.is(walk.node(), Kind::tensor)) walk.skip_children();
    const bool holds = tree.is(walk.node(), Kind::dict) || tree.is(walk.node(), Kind::list);
    if (!holds) continue;
    if (seen.insert(walk.node()).second) {
      containers.push_back(walk.node());
    } else {
      walk.skip_children();
    }
  }
  for (const NodeId container : containers) {
    if (tree.is(container, Kind::dict)) {
      std::vector<Entry> entries = model::copy_entries(tree, container);
      const auto removed =
          std::erase_if(entries, [&](const Entry& entry) { return gone.contains(entry.value); });
      if (removed > 0) tree.set_entries(container, entries);
    } else {
      std::vector<NodeId> items = model::copy_items(tree, container);
      const auto removed = std::erase_if(items, [&](NodeId item) { return gone.contains(item); });
      if (removed > 0) tree.set_items(container, items);
    }
  }
}

void reset_flattened(Tree& tree, const Optimizer& optimizer) {
  model::edit_entries(tree, optimizer.node, [&](std::vector<Entry>& entries) {
    std::erase_if(entries, [&](const Entry& entry) {
      return parse_flat_key(tree.text(entry.key))->is_state;
    });
  });
}

/// In the groups, apex counts steps and its NovoGrad keeps numbers of parameters: reset them too.
void reset_groups(Tree& tree, const Optimizer& optimizer) {
  for (const Group& group : optimizer.groups) {
    if (group.node == no_node) continue;
    model::edit_entries(tree, group.node, [&](std::vector<Entry>& entries) {
      std::erase_if(entries, [&](const Entry& entry) {
        return tree.is_text(entry.key, "step") || tree.is_text(entry.key, slot_numbers_key);
      });
    });
  }
}

/// Adagrad creates its state in its constructor, and step() expects it.
void reset_grouped(Tree& tree, const Optimizer& optimizer) {
  const NodeId state = tree.find(optimizer.node, "state");
  std::vector<Entry> entries;
  if (optimizer.kind == "Adagrad")
    for (const Slot& slot : optimizer.slots)
      if (const NodeId fresh = make_initial_adagrad_state(tree, optimizer, slot); fresh != no_node)
        entries.push_back({slot.id, fresh});
  tree.set_entries(state, entries);
  reset_groups(tree, optimizer);
}

}  // namespace

std::vector<std::string> drop_optimizers(Tree& tree) {
  std::vector<std::string> paths;
  std::unordered_set<NodeId> gone;
  for (const Optimizer& optimizer : find_optimizers(tree)) {
    if (optimizer.node == tree.root())
      throw Error(ErrorKind::conflict,
                  "the file is nothing but an optimizer: nothing would be left",
                  "delete the file, or use --reset");
    gone.insert(optimizer.node);
    paths.push_back(optimizer.path_text);
  }
  if (!gone.empty()) remove_references(tree, gone);
  return paths;
}

std::size_t drop_schedulers_and_scalers(Tree& tree) {
  if (!tree.is(tree.root(), Kind::dict)) return 0;
  std::unordered_set<NodeId> gone;
  for (const Baggage& baggage : find_baggage(tree))
    if (baggage.kind == BaggageKind::scheduler || baggage.kind == BaggageKind::grad_scaler)
      gone.insert(baggage.node);
  const auto goes = [&](NodeId value) {
    if (gone.contains(value)) return true;
    if (!tree.is(value, Kind::list) || tree.items(value).empty()) return false;
    return std::ranges::all_of(tree.items(value), [&](NodeId item) { return gone.contains(item); });
  };
  std::size_t count = 0;
  model::edit_entries(tree, tree.root(), [&](std::vector<Entry>& entries) {
    count = std::erase_if(entries, [&](const Entry& entry) { return goes(entry.value); });
  });
  return count;
}

std::vector<std::string> reset_optimizers(Tree& tree) {
  std::vector<std::string> paths;
  for (const Optimizer& optimizer : find_optimizers(tree)) {
    if (!optimizer.is_editable())
      throw Error(ErrorKind::conflict,
                  concat("optimizer ", quote(optimizer.path_text), ": a ", optimizer.problem,
                         " cannot be reset"),
                  "optim drop leaves it out");
    paths.push_back(optimizer.path_text);
    if (optimizer.form == Form::flattened)
      reset_flattened(tree, optimizer);
    else
      reset_grouped(tree, optimizer);
  }
  return paths;
}

}  // namespace ckpt::optim
