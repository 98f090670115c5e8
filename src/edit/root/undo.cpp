#include "edit/root/undo.hpp"

#include <algorithm>
#include <span>

namespace ckpt::edit {

using model::Entry;
using model::Kind;
using model::NodeId;

namespace {

bool is_same(const Entry& one, const Entry& other) {
  return one.key == other.key && one.value == other.value;
}

bool is_same_step(const model::Step& one, const model::Step& other) {
  return one.kind == other.kind && one.key == other.key && one.value == other.value;
}

}  // namespace

Undo::Undo(model::Tree& tree) : tree_(tree), root_(tree.root()) {
  for (std::size_t i = 0; i < tree.size(); ++i) note(static_cast<NodeId>(i));
}

Undo::~Undo() {
  if (!is_kept_) restore();
}

void Undo::note(NodeId node) {
  switch (tree_.kind(node)) {
    case Kind::dict: {
      const std::span<const Entry> entries = tree_.entries(node);
      dicts_.push_back({node, entries_.size(), entries.size()});
      entries_.insert(entries_.end(), entries.begin(), entries.end());
      return;
    }
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set: {
      const std::span<const NodeId> items = tree_.items(node);
      sequences_.push_back({node, items_.size(), items.size()});
      items_.insert(items_.end(), items.begin(), items.end());
      return;
    }
    case Kind::object:
      if (const auto& steps = tree_.object(node).steps; !steps.empty())
        objects_.emplace_back(node, steps);
      return;
    default:
      return;
  }
}

void Undo::restore() {
  tree_.set_root(root_);
  for (const Held& held : dicts_) {
    const std::span<const Entry> before = std::span(entries_).subspan(held.first, held.count);
    if (!std::ranges::equal(before, tree_.entries(held.node), is_same))
      tree_.set_entries(held.node, before);
  }
  for (const Held& held : sequences_) {
    const std::span<const NodeId> before = std::span(items_).subspan(held.first, held.count);
    if (!std::ranges::equal(before, tree_.items(held.node))) tree_.set_items(held.node, before);
  }
  for (auto& [node, steps] : objects_)
    if (!std::ranges::equal(steps, tree_.object(node).steps, is_same_step))
      tree_.mutable_object(node).steps = std::move(steps);
}

}  // namespace ckpt::edit
