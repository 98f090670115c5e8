#include "ckpt/diff/leaves.hpp"

#include <map>
#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/match/path_reader.hpp"
#include "ckpt/model/walk.hpp"
#include "diff/by_name.hpp"
#include "diff/positions.hpp"
#include "diff/tensor_parts.hpp"

namespace ckpt::diff {

namespace {

using model::Kind;
using model::NodeId;

/// A position, with the state of the patterns after reading the path to it.
struct Place {
  Position position;
  match::ReadPath only = match::PathReader::top;
  match::ReadPath ignored = match::PathReader::top;
};

/// A walk to be made later: over the attributes of an ordered dict, and over the object of a tensor
/// that has more than its elements.
struct LaterWalk {
  NodeId node = model::no_node;
  Place place;
  Beside beside = Beside::no;
};

/// One of the sets of patterns, held against value after value.
class Reading {
 public:
  explicit Reading(match::PatternSet& patterns)
      : patterns_(patterns), has_paths_(patterns.has_paths()), paths_(patterns), keys_(patterns) {}

  bool is_empty() const { return patterns_.is_empty(); }
  match::ReadPath below(match::ReadPath above, const model::Tree& tree,
                        const model::PathStep& step) {
    return has_paths_ ? paths_.below(above, tree, step) : above;
  }
  bool matches(match::ReadPath path, const Names& names, TextId key, bool key_is_text) {
    match::Subject subject{.key = {}, .path = {}, .key_is_text = key_is_text};
    if (key != no_text) subject = subject_of(names, key, key_is_text);
    if (has_paths_) subject.path_matches = &paths_.matches(path);
    return patterns_.matches(subject);
  }

 private:
  /// The values below one entry of the root come one after the other.
  const match::Subject& subject_of(const Names& names, TextId key, bool key_is_text) {
    if (key != key_ || key_is_text != subject_.key_is_text)
      subject_ = keys_.of(names.text(key), key_is_text);
    key_ = key;
    return subject_;
  }

  match::PatternSet& patterns_;
  bool has_paths_;
  match::PathReader paths_;
  match::KeyReader keys_;
  TextId key_ = no_text;
  match::Subject subject_{.key = {}, .path = {}};
};

class Collector {
 public:
  Collector(const Side& side, Selection& selection, match::Renaming& renaming)
      : tree_(side.tree),
        names_(side.names),
        only_(selection.only),
        ignored_(selection.ignored),
        positions_(side, renaming) {}

  std::vector<Leaf> collect() {
    walk_from({tree_.root(), {positions_.top()}, Beside::no});
    // The list may grow during the loop: attributes can have attributes.
    for (std::size_t i = 0; i < later_.size(); ++i) walk_from(LaterWalk(later_[i]));
    refuse_collisions();
    return std::move(leaves_);
  }

 private:
  void walk_from(const LaterWalk& start) {
    std::vector<Place> open;  // of the node reached and those around it
    model::Walk walk(tree_, start.node);
    while (walk.next()) {
      open.resize(walk.depth());
      open.push_back(open.empty() ? start.place
                                  : below(open.back(), walk.path().back(), start.beside));
      note_attributes(walk.node(), open.back());
      note_parts_of_tensor(walk.node(), open.back());
      add(walk.node(), open.back(), area_of(open.back().position, start));
    }
  }

  Place below(const Place& above, const model::PathStep& step, Beside beside) {
    return {positions_.below(above.position, step, beside), only_.below(above.only, tree_, step),
            ignored_.below(above.ignored, tree_, step)};
  }

  void note_attributes(NodeId node, const Place& place) {
    if (!tree_.is(node, Kind::dict)) return;
    const NodeId attributes = tree_.attributes(node);
    if (attributes != model::no_node) later_.push_back({attributes, place, Beside::yes});
  }

  void note_parts_of_tensor(NodeId node, const Place& place) {
    if (!tree_.is(node, Kind::tensor)) return;
    const std::optional<TensorParts> parts = find_parts(tree_, tree_.tensor(node));
    if (!parts) return;
    const Place args = below(place, {.type = model::StepType::args}, Beside::no);
    later_.push_back(
        {parts->node,
         below(args, {.type = model::StepType::index, .index = parts->place}, Beside::no),
         Beside::no});
  }

  /// Objects are leaves as well, for their class; the values below them are compared separately.
  bool is_leaf(NodeId node) {
    if (tree_.is(node, Kind::tensor) || tree_.is(node, Kind::object)) return true;
    children_.clear();
    model::append_children(tree_, node, children_);
    return children_.empty();
  }

  Area area_of(const Position& position, const LaterWalk& start) const {
    if (start.beside == Beside::no) return positions_.area_of(position);
    return positions_.is_in_root(start.place.position) ? Area::metadata : Area::rest;
  }

  void add(NodeId node, const Place& place, Area area) {
    const Position& position = place.position;
    // Patterns apply to the names that are compared, after renaming.
    const TextId key = area == Area::root ? position.renamed_key : position.key;
    if (!is_selected(place, key)) return;
    const bool is_root = area == Area::root;
    leaves_.push_back({.node = node,
                       .area = area,
                       .name = name_of(position, area),
                       .shown = is_root ? position.below_root : position.path,
                       .path = position.path,
                       .key = is_root ? key : no_text,
                       .key_is_text = position.key_is_text,
                       .is_tensor = tree_.is(node, Kind::tensor),
                       .is_container = !is_leaf(node)});
    if (area != Area::optimizer) return;
    leaves_.back().is_param_id = position.is_member;
    leaves_.back().parameter = position.parameter;
  }

  bool is_selected(const Place& place, TextId key) {
    const bool is_text = place.position.key_is_text;
    if (!only_.is_empty() && !only_.matches(place.only, names_, key, is_text)) return false;
    return ignored_.is_empty() || !ignored_.matches(place.ignored, names_, key, is_text);
  }

  static NameId name_of(const Position& position, Area area) {
    switch (area) {
      case Area::root:
        return position.renamed;
      case Area::metadata:
        return position.metadata;
      case Area::optimizer:
        return position.in_optimizer;
      case Area::rest:
        return position.path;
    }
    return {};
  }

  /// Makes names unique: with two leaves of one name in an area, a difference would be lost. When
  /// two modules have one name (DistributedDataParallel and the module inside it), the inner one
  /// counts.
  void refuse_collisions() {
    std::vector<bool> is_hidden(leaves_.size());
    for (std::uint32_t i = 0; i < leaves_.size(); ++i) {
      std::uint32_t& last = last_.of(leaves_[i]);
      if (last == LeavesByName::none) {
        last = i;
      } else if (leaves_[i].area == Area::metadata) {
        is_hidden[std::exchange(last, i)] = true;
      } else {
        refuse_one_name_of_two(leaves_[last], leaves_[i]);
        number(leaves_[i], i);  // keys that print alike are told apart by their order
      }
    }
    std::size_t i = 0;
    std::erase_if(leaves_, [&](const Leaf&) { return is_hidden[i++]; });
  }

  /// Appends " #2" and so on. The last number of each name is remembered, because a dict may have
  /// many keys that print alike.
  void number(Leaf& leaf, std::uint32_t index) {
    const NameId name = leaf.name;
    std::size_t& n = last_number_.try_emplace({leaf.area, name}, 1).first->second;
    do {
      leaf.name = names_.add(name, Joint::number, concat(++n));
    } while (last_.of(leaf) != LeavesByName::none);
    last_.of(leaf) = index;
  }

  void refuse_one_name_of_two(const Leaf& first, const Leaf& second) const {
    if (second.area != Area::root || first.shown == second.shown) return;
    throw Error(ErrorKind::conflict,
                concat(quote(names_.text(first.shown)), " and ", quote(names_.text(second.shown)),
                       " would both become ", quote(names_.text(second.name))));
  }

  const model::Tree& tree_;
  Names& names_;
  Reading only_;
  Reading ignored_;
  Positions positions_;
  LeavesByName last_;
  std::map<std::pair<Area, NameId>, std::size_t> last_number_;
  std::vector<LaterWalk> later_;
  std::vector<model::Child> children_;
  std::vector<Leaf> leaves_;
};

}  // namespace

std::vector<Leaf> collect_leaves(const Side& side, Selection& selection,
                                 match::Renaming& renaming) {
  return Collector(side, selection, renaming).collect();
}

}  // namespace ckpt::diff
