#include "ckpt/match/selection.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/module.hpp"
#include "ckpt/model/walk.hpp"
#include "match/names/place_edits.hpp"

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
  bool is_in_root = false;         ///< below the root
  NodeId module = model::no_node;  ///< the outermost pickled module that it is or lies in
};

/// A key that nobody has: what patterns say of it they say of any.
constexpr std::string_view any_key = "\1any key\2";

/// `step` leads to the entry of the root at or above the value.
void set_key(SeenPath& seen, const model::Tree& tree, const model::PathStep& step) {
  seen.key_is_text = step.type == model::StepType::key && tree.is(step.key, Kind::text);
  seen.key = seen.key_is_text ? std::string(tree.text(step.key)) : step_text(tree, step);
}

class Selector {
 public:
  Selector(const model::Tree& tree, const model::Root& root, PatternSet& keep, PatternSet& drop)
      : tree_(tree), root_(root), keep_(keep), drop_(drop), asked_keep_(keep), asked_drop_(drop) {}

  Selection select() {
    visit_all();
    // Children come after their parents, so backwards every sum is complete when it is handed on.
    for (std::size_t i = visits_.size(); i-- > 1;) {
      visits_[visits_[i].parent].kept += visits_[i].kept;
      visits_[visits_[i].parent].dropped += visits_[i].dropped;
    }
    count_tensors();
    find_what_goes();
    settle_root();
    for (std::size_t i = 1; i < visits_.size(); ++i) collect(i);
    selection_.edits = edits_of_places();
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
                         .parent = open.empty() ? 0 : open.back(),
                         .is_in_root = seen_paths_.is_below_root(walk.path())});
      visits_.back().module = module_around(visits_.back());
      if (seen_paths_.is_root(walk.path())) root_visit_ = visits_.size() - 1;
      open.push_back(visits_.size() - 1);
      if (!walk.is_left_out() && !is_leaf(walk.node())) continue;
      if (tree_.is(walk.node(), Kind::tensor)) walk.skip_children();
      decide(walk.path());
    }
  }

  /// Entries, by their dict and key: one of a dict that lies at several places is dropped when all
  /// of these are.
  void count_tensors() {
    std::map<std::tuple<NodeId, model::StepType, NodeId, std::uint64_t>, bool> stays;
    for (const std::size_t index : tensors_) {
      const auto& [type, key, position] = visits_[index].step;
      const NodeId parent = visits_[visits_[index].parent].node;
      stays[{parent, type, key, position}] |= visits_[index].kept > 0;
    }
    for (const auto& [entry, is_kept] : stays)
      ++(is_kept ? selection_.kept_tensors : selection_.dropped_tensors);
  }

  NodeId module_around(const Visit& visit) const {
    const NodeId outer = visits_[visit.parent].module;
    return outer == model::no_node && model::is_module(tree_, visit.node) ? visit.node : outer;
  }

  /// Names decide alike on all that lies below one entry of the root, so that a value that is
  /// reached many times is one leaf. Paths may tell its parts from each other.
  model::Walk begin_walk() const {
    if (keep_.has_paths() || drop_.has_paths()) return {tree_, tree_.root()};
    return {tree_, tree_.root(), model::tensors_of(tree_)};
  }

  bool is_leaf(NodeId node) {
    if (tree_.is(node, Kind::tensor)) return true;
    children_.clear();
    model::append_children(tree_, node, children_);
    return children_.empty();
  }

  void decide(const model::KeyPath& path) {
    const SeenPath seen = seen_paths_.seen(path, keep_.has_paths() ? keep_ : drop_);
    Visit& visit = visits_.back();
    const bool stays = Selector::stays(seen, keep_, drop_);
    (stays ? visit.kept : visit.dropped) = 1;
    if (tree_.is(visit.node, Kind::tensor)) tensors_.push_back(visits_.size() - 1);
  }

  static bool stays(const SeenPath& seen, PatternSet& keep, PatternSet& drop) {
    const bool is_subject = seen.key.has_value() || keep.sees_whole_tree();
    const bool is_wanted = keep.is_empty() || !is_subject || keep.matches(seen.subject());
    return is_wanted && (drop.is_empty() || !drop.matches(seen.subject()));
  }

  bool loses_all(std::size_t index) const {
    return visits_[index].kept == 0 && visits_[index].dropped > 0;
  }

  /// What goes as a whole. The outermost containers that lose all are asked first. Where one stays,
  /// those in it are asked from the innermost outwards, and one around another that stays is not.
  void find_what_goes() {
    goes_.resize(visits_.size());
    for (std::size_t i = 1; i < visits_.size(); ++i) {
      const std::size_t parent = visits_[i].parent;
      const bool is_outermost = loses_all(i) && (parent == 0 || !loses_all(parent));
      goes_[i] = goes_[parent] || (is_outermost && goes_as_a_whole(i));
    }
    std::vector<bool> has_one_that_stays(visits_.size());
    for (std::size_t i = visits_.size(); i-- > 1;) {
      const std::size_t parent = visits_[i].parent;
      const bool is_outermost = parent == 0 || !loses_all(parent);
      if (goes_[i] || !loses_all(i) || is_outermost) continue;
      goes_[i] = !has_one_that_stays[i] && goes_as_a_whole(i);
      if (!goes_[i]) has_one_that_stays[parent] = true;
    }
  }

  /// Whether the patterns leave out what lies at a place, whatever it is. Names decide alike on all
  /// that lies in one entry of the root, and on nothing else.
  bool goes_as_a_whole(std::size_t index) {
    const Visit& visit = visits_[index];
    const bool has_paths = keep_.has_paths() || drop_.has_paths();
    if (!has_paths) return visit.is_in_root;
    if (index == root_visit_ && !keep_.sees_whole_tree() && !drop_.sees_whole_tree()) return false;
    if (is_leaf(visit.node)) return true;
    const model::KeyPath path = path_of(index);
    SeenPath seen = seen_path(tree_, root_, path);
    seen.path += concat(':', any_key);
    if (index == root_visit_) seen.key = any_key;
    return !stays(seen, asked_keep_, asked_drop_);
  }

  /// Names alone speak of what is in the root; paths speak of the root too.
  void settle_root() {
    if (root_visit_ == 0 || !loses_all(root_visit_)) return;
    (goes_[root_visit_] ? selection_.drops_root : selection_.empties_root) = true;
  }

  /// An entry goes when it goes as a whole and its dict does not.
  void collect(std::size_t index) {
    const Visit& visit = visits_[index];
    if (!goes_[index] || goes_[visit.parent]) return;
    const Visit& parent = visits_[visit.parent];
    std::string shown = shown_path(tree_, root_, path_of(index));
    if (!tree_.is(parent.node, Kind::dict) && parent.module == model::no_node)
      throw Error(ErrorKind::conflict,
                  concat(quote(shown), " is an item of ",
                         tree_.is(parent.node, Kind::list) ? "a list" : "an object",
                         " that stays; only entries of dicts can be dropped"));
    if (tree_.is(visit.node, Kind::tensor)) ++selection_.dropped_tensor_entries;
    const bool is_root = visit.is_in_root && visit.parent == root_visit_;
    selection_.dropped.push_back(
        {parent.node, visit.step.key, visit.node, std::move(shown), is_root, parent.module});
  }

  std::vector<PlaceEdit> edits_of_places() const {
    PlaceEdits edits(visits_.size());
    for (std::size_t i = visits_.size(); i-- > 0;) {
      const Visit& visit = visits_[i];
      if (i > 0 && goes_[visit.parent]) continue;
      if (goes_[i])
        edits.drop(visit.parent, visit.step);
      else
        edits.finish(i, visit.node, visit.parent, visit.step);
    }
    return edits.take();
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
  // For questions about keys that nobody has, which are no use of a pattern.
  PatternSet asked_keep_;
  PatternSet asked_drop_;
  SeenPaths seen_paths_{tree_, root_};
  std::vector<Visit> visits_;
  std::size_t root_visit_ = 0;
  std::vector<bool> goes_;            // by visit
  std::vector<std::size_t> tensors_;  // visits
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

}  // namespace ckpt::match
