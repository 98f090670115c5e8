#include "ckpt/match/selection.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/edit.hpp"
#include "ckpt/model/walk.hpp"

namespace ckpt::match {

namespace {

using model::Kind;
using model::NodeId;

/// A place in the tree, and how many leaves below it stay and go.
struct Visit {
  NodeId node = model::no_node;
  model::PathStep step = {};  ///< from its parent
  std::size_t parent = 0;     ///< index of its visit; its own for the first
  std::size_t kept = 0;
  std::size_t dropped = 0;
};

/// `step` leads to the entry of the root at or above the value.
void set_key(SeenPath& seen, const model::Tree& tree, const model::PathStep& step) {
  seen.key_is_text = step.type == model::StepType::key && tree.is(step.key, Kind::text);
  seen.key = seen.key_is_text ? std::string(tree.text(step.key)) : step_text(tree, step);
}

class Selector {
 public:
  Selector(const model::Tree& tree, const model::Root& root, PatternSet& keep, PatternSet& drop)
      : tree_(tree), root_(root), keep_(keep), drop_(drop) {}

  Selection select() {
    visit_all();
    // Children come after their parents, so backwards every sum is complete when it is handed on.
    for (std::size_t i = visits_.size(); i-- > 1;) {
      visits_[visits_[i].parent].kept += visits_[i].kept;
      visits_[visits_[i].parent].dropped += visits_[i].dropped;
    }
    settle_root();
    for (std::size_t i = 1; i < visits_.size(); ++i) collect(i);
    return std::move(selection_);
  }

 private:
  void visit_all() {
    std::vector<std::size_t> open;  // visits of the containers we are in
    model::Walk walk = begin_walk();
    while (walk.next()) {
      seen_paths_.follow(walk.path());
      open.resize(walk.depth());
      visits_.push_back({.node = walk.node(),
                         .step = walk.path().empty() ? model::PathStep{} : walk.path().back(),
                         .parent = open.empty() ? 0 : open.back()});
      open.push_back(visits_.size() - 1);
      if (is_leaf(walk)) decide(walk.path());
    }
  }

  /// Names decide alike on all that lies below one entry of the root, so that a value that is
  /// reached many times is one leaf. Paths may tell its parts from each other.
  model::Walk begin_walk() const {
    if (keep_.has_paths() || drop_.has_paths()) return {tree_, tree_.root()};
    return {tree_, tree_.root(), model::tensors_of(tree_)};
  }

  bool is_leaf(model::Walk& walk) {
    if (walk.is_left_out()) return true;
    if (tree_.is(walk.node(), Kind::tensor)) {
      walk.skip_children();
      return true;
    }
    children_.clear();
    model::append_children(tree_, walk.node(), children_);
    return children_.empty();
  }

  void decide(const model::KeyPath& path) {
    const SeenPath seen = seen_paths_.seen(path, keep_.has_paths() ? keep_ : drop_);
    const bool is_subject = seen.key.has_value() || keep_.sees_whole_tree();
    const bool is_wanted = keep_.is_empty() || !is_subject || keep_.matches(seen.subject());
    const bool is_unwanted = !drop_.is_empty() && drop_.matches(seen.subject());
    Visit& visit = visits_.back();
    const bool stays = is_wanted && !is_unwanted;
    (stays ? visit.kept : visit.dropped) = 1;
    const bool is_tensor = tree_.is(visit.node, Kind::tensor);
    if (is_tensor) (stays ? selection_.kept_tensors : selection_.dropped_tensors) += 1;
  }

  /// Names alone speak of what is in the root; paths speak of the root too.
  void settle_root() {
    if (root_.path.empty()) return;
    const auto root = std::ranges::find(visits_, root_.node, &Visit::node);
    if (root == visits_.end() || root->kept > 0 || root->dropped == 0) return;
    const bool sees_root = keep_.sees_whole_tree() || drop_.sees_whole_tree();
    (sees_root ? selection_.drops_root : selection_.empties_root) = true;
  }

  /// An entry goes when all below it goes, and its dict does not go as a whole already.
  void collect(std::size_t index) {
    const Visit& visit = visits_[index];
    if (visit.dropped == 0 || visit.kept > 0) return;
    const Visit& parent = visits_[visit.parent];
    const auto is_root_that_stays = [this](const Visit& other) {
      return other.node == root_.node && !selection_.drops_root;
    };
    const bool parent_stays = parent.kept > 0 || visit.parent == 0 || is_root_that_stays(parent);
    if (!parent_stays || is_root_that_stays(visit)) return;
    std::string shown = shown_path(tree_, root_, path_of(index));
    if (!tree_.is(parent.node, Kind::dict))
      throw Error(ErrorKind::conflict,
                  concat(quote(shown), " is an item of ",
                         tree_.is(parent.node, Kind::list) ? "a list" : "an object",
                         " that stays; only entries of dicts can be dropped"));
    if (tree_.is(visit.node, Kind::tensor)) ++selection_.dropped_tensor_entries;
    selection_.dropped.push_back({parent.node, visit.step.key, visit.node, std::move(shown)});
  }

  model::KeyPath path_of(std::size_t index) const {
    model::KeyPath path;
    for (; index != 0; index = visits_[index].parent) path.push_back(visits_[index].step);
    std::ranges::reverse(path);
    return path;
  }

  const model::Tree& tree_;
  const model::Root& root_;
  PatternSet& keep_;
  PatternSet& drop_;
  SeenPaths seen_paths_{tree_, root_};
  std::vector<Visit> visits_;
  std::vector<model::Child> children_;
  Selection selection_;
};

}  // namespace

SeenPath seen_path(const model::Tree& tree, const model::Root& root, const model::KeyPath& path) {
  SeenPath seen{.key = {}, .path = path_text(tree, path)};
  if (path.empty() && root.path.empty()) seen.key = "";  // the whole checkpoint is one value
  if (path.size() > root.path.size() && has_prefix(path, root.path))
    set_key(seen, tree, path[root.path.size()]);
  return seen;
}

SeenPath SeenPaths::seen(const model::KeyPath& path, const PatternSet& patterns) const {
  SeenPath seen;
  if (patterns.has_paths()) seen.path = path_text(tree_, path);
  if (path.empty() && root_.path.empty()) seen.key = "";  // the whole checkpoint is one value
  if (is_below_root(path)) set_key(seen, tree_, path[root_.path.size()]);
  return seen;
}

Selection select(const model::Tree& tree, const model::Root& root, PatternSet& keep,
                 PatternSet& drop) {
  return Selector(tree, root, keep, drop).select();
}

void apply(model::Tree& tree, const Selection& selection) {
  std::unordered_map<NodeId, std::unordered_set<NodeId>> dropped;  // keys by dict
  for (const DroppedEntry& entry : selection.dropped) dropped[entry.dict].insert(entry.key);
  for (const auto& [dict, keys] : dropped)
    model::keep_entries(tree, dict, [&keys = keys](const model::Entry& entry) {
      return !keys.contains(entry.key);
    });
}

}  // namespace ckpt::match
