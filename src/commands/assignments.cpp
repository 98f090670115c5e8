#include "commands/assignments.hpp"

#include "ckpt/base/closest.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/sections.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/optim/numbers.hpp"
#include "commands/assigned_value.hpp"
#include "commands/describe.hpp"
#include "commands/ls_table.hpp"
#include "commands/path_match.hpp"

namespace ckpt::commands {

namespace {

using model::Entry;
using model::Kind;
using model::NodeId;
using model::Tree;

constexpr std::size_t most_paths_to_suggest = 10'000;

void replace_in_dict(Tree& tree, NodeId dict, NodeId key, NodeId value) {
  std::vector<Entry> entries(tree.entries(dict).begin(), tree.entries(dict).end());
  for (Entry& entry : entries)
    if (entry.key == key) entry.value = value;
  tree.set_entries(dict, entries);
}

void replace_in_object(Tree& tree, NodeId object, const model::PathStep& step, NodeId value) {
  for (std::size_t i = 0; i < tree.object(object).steps.size(); ++i) {
    const model::Step& made = tree.object(object).steps[i];
    if (made.kind == model::StepKind::build && tree.is(made.value, Kind::dict)) {
      replace_in_dict(tree, made.value, step.key, value);
    } else if (made.kind == model::StepKind::set_item && made.key == step.key) {
      tree.mutable_object(object).steps[i].value = value;
    }
  }
}

/// Puts `value` below a parent that can be changed.
void replace_below(Tree& tree, NodeId parent, const model::PathStep& step, NodeId value) {
  if (tree.is(parent, Kind::dict)) return replace_in_dict(tree, parent, step.key, value);
  if (tree.is(parent, Kind::object)) return replace_in_object(tree, parent, step, value);
  if (!tree.is(parent, Kind::list) && !tree.is(parent, Kind::tuple))
    throw Error(ErrorKind::unsupported, "lies in a value that cannot be changed in part");
  std::vector<NodeId> items(tree.items(parent).begin(), tree.items(parent).end());
  items[step.index] = value;
  tree.set_items(parent, items);
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

/// What lies along the path now: of a tuple, another item may have been replaced meanwhile.
void refresh(const Tree& tree, PathMatch& match) {
  if (!tree.is(match.nodes[match.nodes.size() - 2], Kind::tuple)) return;
  for (std::size_t i = 0; i < match.path.size(); ++i)
    match.nodes[i + 1] = child_at(tree, match.nodes[i], match.path[i]);
}

/// A tuple is a value: its other holders keep the old one, so a new one goes where it lay.
void replace(Tree& tree, const PathMatch& match, NodeId value) {
  std::size_t depth = match.path.size();
  while (--depth > 0 && tree.is(match.nodes[depth], Kind::tuple))
    value = make_changed_tuple(tree, match.nodes[depth], match.path[depth], value);
  replace_below(tree, match.nodes[depth], match.path[depth], value);
}

std::string shown(const Tree& tree, NodeId node) {
  return tree.is(node, Kind::tensor) ? real_text(optim::find_number(tree, node).value_or(0))
                                     : items_text(tree, node);
}

std::string tensor_words(const Tree& tree, NodeId node) {
  const model::Tensor& tensor = tree.tensor(node);
  return concat(model::row_of(tensor.dtype).short_name, ' ', shape_cell(tensor));
}

/// Paths begin at the top; people write keys of the state dict, as ls prints them.
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
  std::vector<std::string> paths;
  model::Walk walk(tree, tree.root());
  while (walk.next())
    if (!tree.is(walk.node(), Kind::tensor) && walk.depth() > 0 &&
        paths.size() < most_paths_to_suggest)
      paths.push_back(path_text(tree, walk.path()));
  throw Error(ErrorKind::usage, concat("nothing lies at ", quote(path)),
              did_you_mean(find_closest(path, paths)));
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
  std::vector<PathMatch> matches = find_paths(tree, assignment.path);
  if (matches.empty()) throw_no_match(tree, assignment.path);
  for (PathMatch& match : matches) {
    const std::string place = path_text(tree, match.path);
    within(place, [&] {
      refresh(tree, match);
      const NodeId old = match.nodes.back();
      fills.enter(place);
      const NodeId value = make_assigned_value(tree, old, assignment.value, fills);
      const bool is_filled = tree.is(old, Kind::tensor);
      done.push_back({place, shown(tree, old), is_filled ? fills.last_text() : shown(tree, value)});
      if (!is_filled) replace(tree, match, value);
    });
  }
}

}  // namespace

std::vector<Assigned> assign(Tree& tree, std::span<const Assignment> assignments) {
  TensorFills fills;
  std::vector<Assigned> done;
  for (const Assignment& assignment : assignments) assign(tree, assignment, fills, done);
  fills.apply(tree);
  return done;
}

}  // namespace ckpt::commands
