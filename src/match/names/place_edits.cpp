// Edits of equal content at several places get one id, from the leaves upwards, so that two places
// of a shared dict are edited once when they lose the same entries.

#include "match/names/place_edits.hpp"

#include <algorithm>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/model/edit.hpp"
#include "ckpt/model/entries.hpp"

namespace ckpt::match {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

void PlaceEdits::drop(std::size_t parent, const model::PathStep& step) {
  changes_[parent].emplace_back(step.type, step.key, step.index, unchanged);
}

void PlaceEdits::finish(std::size_t place, NodeId node, std::size_t parent,
                        const model::PathStep& step) {
  const std::uint64_t edit = edit_of(node, std::move(changes_[place]));
  const auto [first, is_new] = first_.try_emplace(node, edit);
  if (!is_new && first->second != edit) differs_[node] = true;
  if (edit != unchanged && place != parent)
    changes_[parent].emplace_back(step.type, step.key, step.index, edit);
}

std::uint64_t PlaceEdits::edit_of(NodeId node, std::vector<Change> changes) {
  if (changes.empty()) return unchanged;
  const auto [known, is_new] = known_.try_emplace({node, std::move(changes)}, 1 + edits_.size());
  if (!is_new) return known->second;
  PlaceEdit edit{.node = node};
  for (const auto& [type, key, index, below] : known->first.second) {
    const model::PathStep step{.type = type, .key = key, .index = index};
    if (below == unchanged)
      edit.dropped.push_back(step);
    else
      edit.replaced.emplace_back(step, below - 1);
  }
  edits_.push_back(std::move(edit));
  return known->second;
}

std::vector<PlaceEdit> PlaceEdits::take() {
  for (PlaceEdit& edit : edits_) edit.is_copied = differs_.contains(edit.node);
  return std::move(edits_);
}

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

void replace_children(Tree& tree, NodeId node, const PlaceEdit& edit,
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

}  // namespace

void apply(Tree& tree, const Selection& selection) {
  std::vector<NodeId> made;  // by edit
  for (const PlaceEdit& edit : selection.edits) {
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
    if (!keys.empty())
      model::keep_entries(tree, node,
                          [&](const Entry& entry) { return !keys.contains(entry.key); });
  }
}

}  // namespace ckpt::match
