#include "ckpt/edit/remove.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/key_path.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"
#include "edit/root/undo.hpp"

namespace ckpt::edit {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

namespace {

NodeId copy_of_dict(Tree& tree, NodeId dict) {
  const NodeId copy = tree.add();
  const std::vector<Entry> entries = model::copy_entries(tree, dict);
  tree.fill_dict(copy, tree.dict_type(dict), entries, tree.attributes(dict));
  if (tree.dict_type(dict) == model::DictType::custom) tree.set_maker(copy, tree.maker(dict));
  return copy;
}

NodeId copy_of(Tree& tree, NodeId node) {
  if (tree.is(node, Kind::dict)) return copy_of_dict(tree, node);
  if (!tree.is(node, Kind::list) && !tree.is(node, Kind::tuple))
    throw Error(ErrorKind::unsupported,
                "an object that lies in several places would lose an entry in one of them",
                "drop the entry in all of them");
  const std::vector<NodeId> items = model::copy_items(tree, node);
  return tree.is(node, Kind::list) ? tree.add_list(items) : tree.add_tuple(items);
}

void replace_children(Tree& tree, NodeId node, const match::PlaceEdit& edit,
                      const std::vector<NodeId>& made) {
  std::unordered_map<NodeId, NodeId> of_key;
  std::vector<NodeId> items;
  const bool is_dict = tree.is(node, Kind::dict);
  if (!is_dict) items.assign(tree.items(node).begin(), tree.items(node).end());
  for (const auto& [step, below] : edit.replaced) {
    if (is_dict)
      of_key[step.key] = made[below];
    else
      items[step.index] = made[below];
  }
  if (!is_dict) return tree.set_items(node, items);
  model::edit_entries(tree, node, [&](std::vector<Entry>& entries) {
    for (Entry& entry : entries)
      if (const auto found = of_key.find(entry.key); found != of_key.end())
        entry.value = found->second;
  });
}

void remove_places(Tree& tree, const match::Selection& selection) {
  std::vector<NodeId> made;  // by edit
  for (const match::PlaceEdit& edit : selection.edits) {
    const bool is_in_place = !edit.is_copied;
    const bool moves_children = std::ranges::any_of(edit.replaced, [&](const auto& child) {
      return made[child.second] != selection.edits[child.second].node;
    });
    const bool is_object = tree.is(edit.node, Kind::object);
    if (is_object && is_in_place && !moves_children) {
      made.push_back(edit.node);
      continue;
    }
    const NodeId node = is_in_place && !is_object ? edit.node : copy_of(tree, edit.node);
    made.push_back(node);
    if (moves_children) replace_children(tree, node, edit, made);
    std::unordered_set<NodeId> keys;
    for (const model::PathStep& step : edit.dropped) keys.insert(step.key);
    if (keys.empty()) continue;
    model::edit_entries(tree, node, [&](std::vector<Entry>& entries) {
      std::erase_if(entries, [&](const Entry& entry) { return keys.contains(entry.key); });
    });
  }
}

/// Tensors that an optimizer took with it are not in the selection.
std::size_t count_tensors(const Tree& tree) {
  std::size_t count = 0;
  model::Walk walk(tree, tree.root(), model::tensors_of(tree));
  while (walk.next()) {
    if (!tree.is(walk.node(), Kind::tensor)) continue;
    ++count;
    walk.skip_children();
  }
  return count;
}

std::unordered_set<NodeId> keys_that_go(const Tree& tree, const match::Selection& selection) {
  std::unordered_set<NodeId> keys;
  for (const match::DroppedEntry& entry : selection.dropped)
    if (entry.is_root_entry && tree.is(entry.key, Kind::text)) keys.insert(entry.key);
  return keys;
}

/// A pickled module goes or stays as a whole, unless the root lies in it.
void refuse_parts_of_modules(const Tree& tree, const model::Root& root,
                             const match::Selection& selection) {
  std::unordered_set<NodeId> modules;
  for (const model::PlacedModule& module : model::outermost_modules(tree, root.path).all)
    modules.insert(module.node);
  for (const match::DroppedEntry& entry : selection.dropped)
    if (modules.contains(entry.module))
      throw Error(ErrorKind::conflict, concat(quote(selection.shown(tree, entry)),
                                              " is part of a pickled module, which stays whole"));
}

}  // namespace

void refuse_to_empty(const Tree& tree, const model::Root& root, const match::Selection& selection) {
  if (selection.empties_root)
    throw Error(ErrorKind::conflict, "no tensor of the state dict would be left",
                concat("--drop '", root.path.size() == 1 ? ":" : "",
                       model::path_text(tree, root.path), "' leaves it out as a whole"));
  if (selection.kept_tensors == 0 && selection.dropped_tensors > 0)
    throw Error(ErrorKind::conflict, "no tensor would be left");
}

RootEdit make_root_edit(const Tree& tree, const model::Root& root,
                        const match::Selection& selection) {
  const std::unordered_set<NodeId> gone = keys_that_go(tree, selection);
  RootEdit edit;
  for (const model::TextEntry& entry : model::text_entries(tree, root.node))
    if (!gone.contains(entry.key))
      edit.outputs.push_back({std::string(entry.name), {std::string(entry.name)}});
  return edit;
}

Removal remove(Tree& tree, const model::Root& root, const match::Selection& selection,
               const optim::CarryOptions& carry) {
  refuse_to_empty(tree, root, selection);
  refuse_parts_of_modules(tree, root, selection);
  Undo undo(tree);
  Removal done{.kept_tensors = selection.kept_tensors,
               .dropped_tensors = selection.dropped_tensors};
  const bool is_about_optimizers =
      carry.treatment == optim::Treatment::drop || carry.treatment == optim::Treatment::reset;
  if (is_about_optimizers || !keys_that_go(tree, selection).empty())
    done.followers = follow(tree, {tree, root}, make_root_edit(tree, root, selection), carry);
  remove_places(tree, selection);
  if (done.followers.has_changed) {
    const std::size_t all = selection.kept_tensors + selection.dropped_tensors;
    done.kept_tensors = count_tensors(tree);
    done.dropped_tensors = all - done.kept_tensors;
  }
  undo.keep_changes();
  return done;
}

void remove_entries(Tree& tree, const match::Selection& selection) {
  Undo undo(tree);
  remove_places(tree, selection);
  undo.keep_changes();
}

}  // namespace ckpt::edit
