// A depth-first walk with an explicit stack of frames. Two limits stop values that are shared
// exponentially often: a budget of visits that grows with the references in the file, and the list
// of barren nodes, below which nothing wanted was found.

#include "ckpt/model/walk.hpp"

#include <algorithm>
#include <unordered_set>

#include "ckpt/base/error.hpp"

namespace ckpt::model {

namespace {

void append_items(std::span<const NodeId> items, std::vector<Child>& children) {
  for (std::size_t i = 0; i < items.size(); ++i)
    children.push_back({{.type = StepType::index, .index = i}, items[i]});
}

void append_entries(std::span<const Entry> entries, std::vector<Child>& children) {
  for (const Entry& entry : entries)
    children.push_back({{.type = StepType::key, .key = entry.key}, entry.value});
}

/// A state is a dict of attributes, a pair of two dicts (the second for slots), or anything else.
void append_state(const Tree& tree, NodeId state, std::vector<Child>& children) {
  if (tree.is(state, Kind::dict)) return append_entries(tree.entries(state), children);
  if (tree.is(state, Kind::tuple) && tree.items(state).size() == 2) {
    bool is_pair_of_dicts = true;
    for (const NodeId part : tree.items(state))
      is_pair_of_dicts =
          is_pair_of_dicts && (tree.is(part, Kind::dict) || tree.is(part, Kind::none));
    if (is_pair_of_dicts) {
      for (const NodeId part : tree.items(state))
        if (tree.is(part, Kind::dict)) append_entries(tree.entries(part), children);
      return;
    }
  }
  children.push_back({{.type = StepType::state}, state});
}

void append_object(const Tree& tree, const Object& object, std::vector<Child>& children) {
  const bool has_args = object.args != no_node &&
                        !(tree.is(object.args, Kind::tuple) && tree.items(object.args).empty());
  if (has_args) children.push_back({{.type = StepType::args}, object.args});
  std::uint64_t index = 0;
  for (const Step& step : object.steps) {
    switch (step.kind) {
      case StepKind::append:
      case StepKind::add:
        children.push_back({{.type = StepType::index, .index = index++}, step.value});
        break;
      case StepKind::set_item:
        children.push_back({{.type = StepType::key, .key = step.key}, step.value});
        break;
      case StepKind::build:
        append_state(tree, step.value, children);
        break;
    }
  }
}

/// Nodes of some kinds never have children.
bool has_children(Kind kind) {
  switch (kind) {
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
    case Kind::dict:
    case Kind::object:
    case Kind::tensor:
      return true;
    default:
      return false;
  }
}

/// The number of items, entries and steps of all containers and objects.
std::size_t count_references(const Tree& tree) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto id = static_cast<NodeId>(i);
    const Kind kind = tree.kind(id);
    if (kind == Kind::dict) {
      count += tree.entries(id).size();
    } else if (kind == Kind::object) {
      count += 1 + tree.object(id).steps.size();
    } else if (kind != Kind::tensor && has_children(kind)) {
      count += tree.items(id).size();
    }
  }
  return count;
}

/// A tenth of a second. Also for small files, whose few values may be shared many times.
constexpr std::uint64_t usual_most_visits = 1 << 18;

}  // namespace

void append_children(const Tree& tree, NodeId id, std::vector<Child>& children) {
  switch (tree.kind(id)) {
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
      return append_items(tree.items(id), children);
    case Kind::dict:
      return append_entries(tree.entries(id), children);
    case Kind::object:
      return append_object(tree, tree.object(id), children);
    case Kind::tensor: {
      const Tensor& tensor = tree.tensor(id);
      const bool is_composite = tensor.form != TensorForm::strided && tensor.source != no_node;
      if (is_composite) append_object(tree, tree.object(tensor.source), children);
      return;
    }
    default:
      return;
  }
}

NodeId find_below(const Tree& tree, NodeId start, const std::function<bool(NodeId)>& is_wanted) {
  std::unordered_set<NodeId> seen{start};
  std::vector<NodeId> open{start};
  std::vector<Child> children;
  while (!open.empty()) {
    const NodeId node = open.back();
    open.pop_back();
    if (is_wanted(node)) return node;
    children.clear();
    append_children(tree, node, children);
    for (const Child& child : children)
      if (seen.insert(child.node).second) open.push_back(child.node);
  }
  return no_node;
}

Wanted tensors_of(const Tree& tree) {
  return [&tree](NodeId node) { return tree.is(node, Kind::tensor); };
}

Wanted holders_of_bytes(const Tree& tree) {
  return
      [&tree](NodeId node) { return tree.is(node, Kind::tensor) || tree.is(node, Kind::storage); };
}

Walk::Walk(const Tree& tree, NodeId start)
    : tree_(tree), node_(start), most_visits_(usual_most_visits) {}

Walk::Walk(const Tree& tree, NodeId start, Wanted wanted) : Walk(tree, start) {
  wanted_ = std::move(wanted);
  known_.resize(tree.size());
}

bool Walk::next() {
  if (!has_started_) {
    has_started_ = true;
    return node_ != no_node;
  }
  enter();
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    path_.resize(frames_.size() - 1);
    if (frame.next_child < children_.size()) {
      const Child child = children_[frame.next_child++];
      if (has_children(tree_.kind(child.node)) && has_open(child.node)) {
        frame.leads_on = true;
        continue;
      }
      count_visit();
      path_.push_back(child.step);
      node_ = child.node;
      place_ = no_place;
      if (wanted_ && is_wanted(node_)) frame.leads_on = true;
      return true;
    }
    leave();
  }
  return false;
}

bool Walk::is_wanted(NodeId id) {
  Known& known = known_[static_cast<std::size_t>(id)];
  if (!known.is_asked) known.is_wanted = wanted_(id);
  known.is_asked = true;
  return known.is_wanted;
}

/// References are counted only when there are many visits.
void Walk::count_visit() {
  constexpr std::uint64_t visits_a_value = 16;
  ++visits_;
  if (wanted_ && !is_shortened_) is_shortened_ = visits_ > visits_a_value * tree_.size() + 1024;
  if (visits_ <= most_visits_) return;
  if (has_counted_references_)
    throw Error(ErrorKind::limit, "values shared by values unfold without end");
  has_counted_references_ = true;
  most_visits_ += visits_a_value * (tree_.size() + count_references(tree_));
}

void Walk::enter() {
  const bool is_entered = has_children(tree_.kind(node_)) && !skips_children_ && !is_left_out();
  if (skips_children_ && !frames_.empty() && !is_barren(node_)) frames_.back().leads_on = true;
  skips_children_ = false;
  if (!is_entered) return;
  const std::size_t first = children_.size();
  append_children(tree_, node_, children_);
  if (children_.size() == first) return;
  frames_.push_back({node_, first, first, place_});
  open_.insert(node_);
}

void Walk::leave() {
  const Frame left = frames_.back();
  children_.resize(left.first_child);
  open_.erase(left.node);
  frames_.pop_back();
  if (!wanted_) return;
  if (!left.leads_on) known_[static_cast<std::size_t>(left.node)].is_barren = true;
  if (left.leads_on && !frames_.empty()) frames_.back().leads_on = true;
}

PlaceId Walk::place(Places& places, PlaceId start) {
  if (place_ != no_place) return place_;
  if (path_.empty()) return place_ = start;
  std::size_t known = path_.size();
  while (known > 0 && frames_[known - 1].place == no_place) --known;
  if (known == 0) frames_[known++].place = start;
  PlaceId place = frames_[known - 1].place;
  for (; known < path_.size(); ++known)
    place = frames_[known].place = places.add(place, path_[known - 1]);
  return place_ = places.add(place, path_.back());
}

void Along::follow(const KeyPath& path) {
  if (path.empty()) return;
  agreed_ = std::min(agreed_, path.size() - 1);
  if (agreed_ == path.size() - 1 && leads_to(end_, path)) ++agreed_;
}

bool leads_to(const KeyPath& end, const KeyPath& path) {
  if (path.empty()) return true;
  if (path.size() > end.size()) return false;
  const PathStep& wanted = end[path.size() - 1];
  const PathStep& last = path.back();
  return last.type == wanted.type && last.key == wanted.key && last.index == wanted.index;
}

std::vector<std::string> paths_to_suggest(const Tree& tree, NodeId start, const Wanted& wanted) {
  constexpr std::size_t most_paths = 10'000;
  constexpr std::size_t most_visits = 100'000;
  constexpr std::size_t deepest = 20;
  constexpr std::size_t most_bytes = 200;  // as find_closest() compares
  std::vector<std::string> paths;
  Walk walk(tree, start);
  for (std::size_t i = 0; i < most_visits && paths.size() < most_paths && walk.next(); ++i) {
    if (walk.depth() >= deepest) walk.skip_children();
    if (walk.depth() == 0 || !wanted(walk.node())) continue;
    std::string path = path_text(tree, walk.path());
    if (path.size() <= most_bytes) paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace ckpt::model
