#include "ckpt/model/walk.hpp"

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

/// A state is a dict of attributes, a pair of two such (the second for slots), or anything.
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

Walk::Walk(const Tree& tree, NodeId start)
    : tree_(tree), node_(start), open_(tree.size()), visits_left_(16 * tree.size() + 1024) {}

bool Walk::next() {
  if (!has_started_) {
    has_started_ = true;
    return node_ != no_node;
  }
  if (!skips_children_) enter();
  skips_children_ = false;
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    path_.resize(frames_.size() - 1);
    if (frame.next_child < children_.size()) {
      const Child child = children_[frame.next_child++];
      if (is_open(child.node)) continue;
      if (visits_left_-- == 0)
        throw Error(ErrorKind::limit, "values shared by values unfold without end");
      path_.push_back(child.step);
      node_ = child.node;
      return true;
    }
    children_.resize(frame.first_child);
    open_[static_cast<std::size_t>(frame.node)] = false;
    frames_.pop_back();
  }
  return false;
}

void Walk::enter() {
  const std::size_t first = children_.size();
  append_children(tree_, node_, children_);
  frames_.push_back({node_, first, first});
  open_[static_cast<std::size_t>(node_)] = true;
}

}  // namespace ckpt::model
