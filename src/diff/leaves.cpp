#include "ckpt/diff/leaves.hpp"

#include <map>
#include <optional>
#include <utility>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "diff/by_name.hpp"
#include "diff/positions.hpp"
#include "diff/tensor_parts.hpp"

namespace ckpt::diff {

namespace {

using model::Kind;
using model::NodeId;

/// A walk that has to be made later: the attributes of an ordered dict hang beside its entries, and
/// what a tensor is beside its elements lies in the object it was read from.
struct LaterWalk {
  NodeId node = model::no_node;
  Position position;
  Beside beside = Beside::no;
};

class Collector {
 public:
  Collector(const Side& side, Selection& selection, match::Renaming& renaming)
      : tree_(side.tree), names_(side.names), selection_(selection), positions_(side, renaming) {}

  std::vector<Leaf> collect() {
    walk_from({tree_.root(), positions_.top(), Beside::no});
    // Attributes may have attributes: the list grows while it is walked.
    for (std::size_t i = 0; i < later_.size(); ++i) walk_from(LaterWalk(later_[i]));
    refuse_collisions();
    return std::move(leaves_);
  }

 private:
  void walk_from(const LaterWalk& start) {
    std::vector<Position> open;  // of the node reached and those around it
    model::Walk walk(tree_, start.node);
    while (walk.next()) {
      open.resize(walk.depth());
      open.push_back(open.empty()
                         ? start.position
                         : positions_.below(open.back(), walk.path().back(), start.beside));
      note_attributes(walk.node(), open.back());
      note_parts_of_tensor(walk.node(), open.back());
      add(walk.node(), open.back(), area_of(open.back(), start));
    }
  }

  void note_attributes(NodeId node, const Position& position) {
    if (!tree_.is(node, Kind::dict)) return;
    const NodeId attributes = tree_.attributes(node);
    if (attributes != model::no_node) later_.push_back({attributes, position, Beside::yes});
  }

  void note_parts_of_tensor(NodeId node, const Position& position) {
    if (!tree_.is(node, Kind::tensor)) return;
    const std::optional<TensorParts> parts = find_parts(tree_, tree_.tensor(node));
    if (!parts) return;
    const Position args = positions_.below(position, {.type = model::StepType::args}, Beside::no);
    later_.push_back(
        {parts->node,
         positions_.below(args, {.type = model::StepType::index, .index = parts->place},
                          Beside::no),
         Beside::no});
  }

  /// Objects are leaves too, for their class; what lies below them is compared by itself.
  bool is_leaf(NodeId node) {
    if (tree_.is(node, Kind::tensor) || tree_.is(node, Kind::object)) return true;
    children_.clear();
    model::append_children(tree_, node, children_);
    return children_.empty();
  }

  Area area_of(const Position& position, const LaterWalk& start) const {
    if (start.beside == Beside::no) return positions_.area_of(position);
    return positions_.is_in_root(start.position) ? Area::metadata : Area::rest;
  }

  void add(NodeId node, const Position& position, Area area) {
    // Patterns are about the names that are compared.
    const TextId key = area == Area::root ? position.renamed_key : position.key;
    if (!is_selected(position, key)) return;
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

  bool is_selected(const Position& position, TextId key) {
    if (selection_.only.is_empty() && selection_.ignored.is_empty()) return true;
    if (selection_.only.has_paths() || selection_.ignored.has_paths())
      names_.rewrite(path_text_, std::exchange(path_, position.path), position.path);
    match::Subject subject{.key = {}, .path = path_text_, .key_is_text = position.key_is_text};
    if (key != no_text) subject.key = names_.text(key);
    if (!selection_.only.is_empty() && !selection_.only.matches(subject)) return false;
    return selection_.ignored.is_empty() || !selection_.ignored.matches(subject);
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

  /// No two leaves of an area may have one name, or a difference between them would be lost. Of two
  /// modules with one name (DistributedDataParallel's own, and what it wraps) the inner counts.
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
        number(leaves_[i], i);  // keys that are shown alike are told apart by their order
      }
    }
    std::size_t i = 0;
    std::erase_if(leaves_, [&](const Leaf&) { return is_hidden[i++]; });
  }

  /// "name #2" and so on. The last number of each name is remembered: a dict may have many keys
  /// that are shown alike.
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
  Selection& selection_;
  Positions positions_;
  NameId path_ = Names::top;  // whose text `path_text_` is
  std::string path_text_;
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
