// The first pass asks the patterns about every leaf and counts, for each place, the leaves that
// stay and go. The second pass decides which containers go as a whole, the third collects the
// entries.

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

/// A place in the tree, with the numbers of leaves below it that stay and that are dropped.
struct Visit {
  NodeId node = model::no_node;
  model::PlaceId place = model::Places::top;
  std::uint32_t parent = 0;  ///< index of its visit; its own for the first
  std::uint32_t entry = 0;   ///< index of the visit of the root's entry that it is or lies in
  std::uint32_t kept = 0;
  std::uint32_t dropped = 0;
  bool is_in_root = false;         ///< below the root
  NodeId module = model::no_node;  ///< the outermost pickled module that it is or lies in
  ReadPath keep_read = PathReader::top;
  ReadPath drop_read = PathReader::top;
};

/// A key that no file has: what patterns say about it, they say about any key.
constexpr std::string_view any_key = "\1any key\2";

class Selector {
 public:
  Selector(const model::Tree& tree, const model::Root& root, PatternSet& keep, PatternSet& drop)
      : tree_(tree), root_(root), keep_(keep), drop_(drop), asked_keep_(keep), asked_drop_(drop) {}

  Selection select() {
    visit_all();
    // Children come after their parents, so going backwards each sum is complete when it is passed
    // on.
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
    std::vector<std::uint32_t> open;  // visits of the containers we are in
    model::Walk walk = begin_walk();
    while (walk.next()) {
      keep_paths_.follow(walk.path());
      drop_paths_.follow(walk.path());
      open.resize(walk.depth());
      add_visit(walk, open.empty() ? 0 : open.back());
      open.push_back(last_visit());
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
      const auto [type, key, position] = index > 0 ? step_of(visits_[index]) : model::PathStep{};
      const NodeId parent = visits_[visits_[index].parent].node;
      stays[{parent, type, key, position}] |= visits_[index].kept > 0;
    }
    for (const auto& [entry, is_kept] : stays)
      ++(is_kept ? selection_.kept_tensors : selection_.dropped_tensors);
  }

  std::uint32_t last_visit() const { return static_cast<std::uint32_t>(visits_.size() - 1); }

  void add_visit(model::Walk& walk, std::uint32_t parent) {
    const model::KeyPath& path = walk.path();
    visits_.push_back({.node = walk.node(),
                       .place = walk.place(selection_.places),
                       .parent = parent,
                       .is_in_root = keep_paths_.is_below_root(path),
                       .keep_read = keep_paths_.read(path),
                       .drop_read = drop_paths_.read(path)});
    Visit& visit = visits_.back();
    visit.module = module_around(visit);
    const bool is_entry = visit.is_in_root && path.size() == root_.path.size() + 1;
    visit.entry = is_entry ? last_visit() : visits_[parent].entry;
    if (keep_paths_.is_root(path)) root_visit_ = last_visit();
  }

  NodeId module_around(const Visit& visit) const {
    const NodeId outer = visits_[visit.parent].module;
    return outer == model::no_node && model::is_module(tree_, visit.node) ? visit.node : outer;
  }

  /// Patterns on names give the same answer for everything below one entry of the root, so a value
  /// that is reached many times counts as one leaf. Patterns on paths may distinguish its parts.
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
    Visit& visit = visits_.back();
    const bool stays =
        Selector::stays({keep_paths_.seen(path), keep_}, {drop_paths_.seen(path), drop_});
    (stays ? visit.kept : visit.dropped) = 1;
    if (tree_.is(visit.node, Kind::tensor)) tensors_.push_back(visits_.size() - 1);
  }

  struct Seen {
    Subject subject;
    PatternSet& patterns;
  };
  static bool stays(const Seen& keep, const Seen& drop) {
    const bool is_subject = keep.subject.key.has_value() || keep.patterns.sees_whole_tree();
    const bool is_wanted =
        keep.patterns.is_empty() || !is_subject || keep.patterns.matches(keep.subject);
    return is_wanted && (drop.patterns.is_empty() || !drop.patterns.matches(drop.subject));
  }

  bool loses_all(std::size_t index) const {
    return visits_[index].kept == 0 && visits_[index].dropped > 0;
  }

  /// Finds the containers that are dropped as a whole. Outermost containers whose leaves are all
  /// dropped are examined first. When one of them stays, the containers in it are examined from the
  /// innermost outwards; a container around one that stays is not examined.
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

  /// Whether the patterns drop everything that could lie at a place. Patterns on names give the
  /// same answer for all values in one entry of the root, and none for other values.
  bool goes_as_a_whole(std::size_t index) {
    const Visit& visit = visits_[index];
    const bool has_paths = keep_.has_paths() || drop_.has_paths();
    if (!has_paths) return visit.is_in_root;
    if (index == root_visit_ && !keep_.sees_whole_tree() && !drop_.sees_whole_tree()) return false;
    if (is_leaf(visit.node)) return true;
    return !stays({any_below(index, keep_paths_, visit.keep_read), asked_keep_},
                  {any_below(index, drop_paths_, visit.drop_read), asked_drop_});
  }

  /// Anything that could lie below a place.
  Subject any_below(std::size_t index, SeenPaths& paths, ReadPath read) const {
    Subject subject{.key = {}, .path = {}};
    if (index == root_visit_)
      subject = paths.keys().of(any_key);
    else if (visits_[index].is_in_root)
      subject = paths.keys().below(tree_, step_of(visits_[visits_[index].entry]));
    return paths.seen_below(subject, read, any_key);
  }

  const model::PathStep& step_of(const Visit& visit) const {
    return selection_.places.step(visit.place);
  }

  /// Patterns on names concern the content of the root; patterns on paths concern the root as well.
  void settle_root() {
    if (root_visit_ == 0 || !loses_all(root_visit_)) return;
    (goes_[root_visit_] ? selection_.drops_root : selection_.empties_root) = true;
  }

  /// An entry is dropped when its value is dropped as a whole and its dict is not.
  void collect(std::size_t index) {
    const Visit& visit = visits_[index];
    if (!goes_[index] || goes_[visit.parent]) return;
    const Visit& parent = visits_[visit.parent];
    const bool is_root = visit.is_in_root && visit.parent == root_visit_;
    const DroppedEntry entry{.dict = parent.node,
                             .key = step_of(visit).key,
                             .value = visit.node,
                             .place = visit.place,
                             .is_root_entry = is_root,
                             .module = parent.module};
    if (!tree_.is(parent.node, Kind::dict) && parent.module == model::no_node)
      throw Error(ErrorKind::conflict,
                  concat(quote(selection_.shown(tree_, entry)), " is an item of ",
                         tree_.is(parent.node, Kind::list) ? "a list" : "an object",
                         " that stays; only entries of dicts can be dropped"));
    if (tree_.is(visit.node, Kind::tensor)) ++selection_.dropped_tensor_entries;
    selection_.dropped.push_back(entry);
  }

  std::vector<PlaceEdit> edits_of_places() const {
    PlaceEdits edits(visits_.size());
    for (std::size_t i = visits_.size(); i-- > 0;) {
      const Visit& visit = visits_[i];
      if (i > 0 && goes_[visit.parent]) continue;
      if (goes_[i])
        edits.drop(visit.parent, step_of(visit));
      else
        edits.finish(i, visit.node, visit.parent, i > 0 ? step_of(visit) : model::PathStep{});
    }
    return edits.take();
  }

  const model::Tree& tree_;
  const model::Root& root_;
  PatternSet& keep_;
  PatternSet& drop_;
  // For questions about keys that do not exist; they do not count as uses of a pattern.
  PatternSet asked_keep_;
  PatternSet asked_drop_;
  SeenPaths keep_paths_{tree_, root_, keep_};
  SeenPaths drop_paths_{tree_, root_, drop_};
  std::vector<Visit> visits_;
  std::uint32_t root_visit_ = 0;
  std::vector<bool> goes_;            // by visit
  std::vector<std::size_t> tensors_;  // visits
  std::vector<model::Child> children_;
  Selection selection_;
};

}  // namespace

std::string Selection::shown(const model::Tree& tree, const DroppedEntry& entry) const {
  return places.short_text(tree, entry.place,
                           entry.is_root_entry ? places.depth(entry.place) - 1 : 0);
}

void SeenPaths::follow(const model::KeyPath& path) {
  along_root_.follow(path);
  read_.resize(std::min(read_.size(), path.empty() ? 0 : path.size() - 1));
}

ReadPath SeenPaths::read(const model::KeyPath& path) {
  if (!has_paths_) return PathReader::top;
  while (read_.size() < path.size())
    read_.push_back(
        paths_.below(read_.empty() ? PathReader::top : read_.back(), tree_, path[read_.size()]));
  return path.empty() ? PathReader::top : read_.back();
}

Subject SeenPaths::seen(const model::KeyPath& path) {
  Subject subject{.key = {}, .path = {}};
  if (is_below_root(path))
    subject = keys_.below(tree_, path[root_.path.size()]);
  else if (path.empty() && root_.path.empty())
    subject = keys_.of("");  // the whole checkpoint is one value
  if (has_paths_) subject.path_matches = &paths_.matches(read(path));
  return subject;
}

Subject SeenPaths::seen_below(Subject subject, ReadPath above, std::string_view step) {
  if (has_paths_) subject.path_matches = &paths_.matches(paths_.below(above, step));
  return subject;
}

Selection select(const model::Tree& tree, const model::Root& root, PatternSet& keep,
                 PatternSet& drop) {
  return Selector(tree, root, keep, drop).select();
}

}  // namespace ckpt::match
