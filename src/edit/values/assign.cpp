#include "ckpt/edit/assign.hpp"

#include <map>
#include <unordered_map>

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/describe.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/walk.hpp"
#include "edit/root/undo.hpp"
#include "edit/values/assigned_value.hpp"
#include "edit/values/path_match.hpp"

namespace ckpt::edit {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

void replace_in_dict(Tree& tree, NodeId dict, const std::unordered_map<NodeId, NodeId>& values) {
  model::edit_entries(tree, dict, [&](std::vector<Entry>& entries) {
    for (Entry& entry : entries)
      if (const auto found = values.find(entry.key); found != values.end())
        entry.value = found->second;
  });
}

/// Every state that sets the attribute gets the value: the last one counts.
void replace_in_object(Tree& tree, NodeId object,
                       const std::unordered_map<NodeId, NodeId>& values) {
  model::Object changed = tree.object(object);
  for (model::Step& step : changed.steps) {
    if (step.kind == model::StepKind::build && tree.is(step.value, Kind::dict)) {
      replace_in_dict(tree, step.value, values);
    } else if (step.kind == model::StepKind::set_item) {
      if (const auto found = values.find(step.key); found != values.end())
        step.value = found->second;
    }
  }
  tree.fill_object(object, std::move(changed));
}

struct NewChild {
  model::PathStep step;
  NodeId value = model::no_node;
};

/// Sets all values below a parent at once: each change copies the container.
void replace_below(Tree& tree, NodeId parent, const std::vector<NewChild>& children) {
  std::unordered_map<NodeId, NodeId> values;  // by key
  for (const NewChild& child : children) values[child.step.key] = child.value;
  if (tree.is(parent, Kind::dict)) return replace_in_dict(tree, parent, values);
  if (tree.is(parent, Kind::object)) return replace_in_object(tree, parent, values);
  if (!tree.is(parent, Kind::list) && !tree.is(parent, Kind::tuple))
    throw Error(ErrorKind::unsupported, "lies in a value that cannot be changed in part");
  std::vector<NodeId> items(tree.items(parent).begin(), tree.items(parent).end());
  for (const NewChild& child : children) items[child.step.index] = child.value;
  tree.set_items(parent, items);
}

bool can_change(const Tree& tree, NodeId parent) {
  return tree.is(parent, Kind::dict) || tree.is(parent, Kind::list) ||
         tree.is(parent, Kind::tuple) || tree.is(parent, Kind::object);
}

NodeId make_changed_tuple(Tree& tree, NodeId old, const model::PathStep& step, NodeId value) {
  std::vector<NodeId> items(tree.items(old).begin(), tree.items(old).end());
  items[step.index] = value;
  const NodeId tuple = tree.add();
  tree.fill_items(tuple, Kind::tuple, items);
  return tuple;
}

NodeId child_at(const Tree& tree, NodeId parent, const model::PathStep& step) {
  std::vector<model::Child> children;
  model::append_children(tree, parent, children);
  for (const model::Child& child : children)
    if (child.step.type == step.type && child.step.key == step.key &&
        child.step.index == step.index)
      return child.node;
  return model::no_node;
}

/// Replaces the values at the matches of one pattern.
class Replacing {
  using PlaceId = model::PlaceId;
  using Places = model::Places;

 public:
  Replacing(Tree& tree, PathMatches& found) : tree_(tree), found_(found) {}

  /// The current value: another item of the same tuple may have been replaced before.
  NodeId current(PlaceId match) {
    const PlaceId parent = found_.places.above(match);
    if (!tree_.is(found_.node(parent), Kind::tuple)) return found_.node(match);
    refresh(match);
    return found_.node(match);
  }

  /// A tuple is immutable: a new one is put in this place, and other holders keep the old one.
  void replace(PlaceId match, NodeId value) {
    PlaceId parent = found_.places.above(match);
    const bool is_in_tuple = parent != Places::top && tree_.is(found_.node(parent), Kind::tuple);
    for (; parent != Places::top && tree_.is(found_.node(parent), Kind::tuple);
         match = parent, parent = found_.places.above(match))
      value = make_changed_tuple(tree_, found_.node(parent), found_.places.step(match), value);
    const NodeId holder = found_.node(parent);
    if (!can_change(tree_, holder))
      throw Error(ErrorKind::unsupported, "lies in a value that cannot be changed in part");
    if (is_in_tuple) return replace_below(tree_, holder, {{found_.places.step(match), value}});
    later_[holder].push_back({found_.places.step(match), value});
  }

  void finish() {
    for (const auto& [holder, children] : later_) replace_below(tree_, holder, children);
  }

 private:
  /// Updates the places from the last container on that is not a tuple, which is changed in place.
  void refresh(PlaceId match) {
    std::vector<PlaceId> below{match};
    while (below.back() != Places::top &&
           tree_.is(found_.node(found_.places.above(below.back())), Kind::tuple))
      below.push_back(found_.places.above(below.back()));
    for (auto place = below.rbegin(); place != below.rend(); ++place)
      if (*place != Places::top)
        found_.node(*place) =
            child_at(tree_, found_.node(found_.places.above(*place)), found_.places.step(*place));
  }

  Tree& tree_;
  PathMatches& found_;
  std::map<NodeId, std::vector<NewChild>> later_;  // by container
};

std::string tensor_words(const Tree& tree, NodeId node) {
  const model::Tensor& tensor = tree.tensor(node);
  return concat(model::row_of(tensor.dtype).short_name, ' ', shape_cell(tensor));
}

/// Paths start at the top, but people write keys of the state dict, as ls prints them.
void explain_key_of_root(const Tree& tree, const std::string& path) {
  const model::Root root = model::find_root(tree);
  const NodeId node = tree.find(root.node, path);
  if (node == model::no_node) return;
  if (tree.is(node, Kind::tensor) && model::element_count(tree.tensor(node).layout.shape) != 1)
    throw Error(ErrorKind::usage, concat(quote(path), " is a tensor (", tensor_words(tree, node),
                                         "); set changes numbers and texts"));
  throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
              did_you_mean({concat(path_text(tree, root.path), ':', model::key_text(path))}));
}

[[noreturn]] void throw_no_match(const Tree& tree, const std::string& path) {
  explain_key_of_root(tree, path);
  const auto is_value = [&](NodeId node) { return !tree.is(node, Kind::tensor); };
  throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
              did_you_mean(find_closest(path, paths_to_suggest(tree, tree.root(), is_value))));
}

}  // namespace

Assignment parse_assignment(const std::string& text) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') is_quoted = !is_quoted;
    if (text[i] == '=' && !is_quoted) return {text.substr(0, i), text.substr(i + 1)};
  }
  throw Error(ErrorKind::usage, concat("expected PATH=VALUE, got ", quote(text)));
}

namespace {

void assign(Tree& tree, const Assignment& assignment, TensorFills& fills,
            std::vector<Assigned>& done) {
  PathMatches found = find_paths(tree, assignment.path);
  if (found.matches.empty()) throw_no_match(tree, assignment.path);
  Replacing replacing(tree, found);
  for (const model::PlaceId match : found.matches) {
    const std::string place = found.places.short_text(tree, match);
    within(place, [&] {
      const NodeId old = replacing.current(match);
      fills.enter(place);
      const std::size_t changes_before = fills.change_count();
      const NodeId value = make_assigned_value(tree, old, assignment.value, fills);
      const bool is_filled = fills.change_count() > changes_before;
      if (tree.is(old, Kind::tensor)) {
        done.push_back({place, fills.text_before(), fills.text_after(), is_filled});
        return;
      }
      done.push_back({place, items_text(tree, old), items_text(tree, value),
                      is_filled || !is_same_written(tree, old, tree, value)});
      replacing.replace(match, value);
    });
  }
  replacing.finish();
}

}  // namespace

std::vector<Assigned> assign(Tree& tree, std::span<const Assignment> assignments) {
  Undo undo(tree);
  TensorFills fills;
  std::vector<Assigned> done;
  for (const Assignment& assignment : assignments) assign(tree, assignment, fills, done);
  fills.apply(tree);
  undo.keep_changes();
  return done;
}

}  // namespace ckpt::edit
