// Objects that hold plain values their own way: subclasses of containers, Enums, configurations.
#include <array>

#include "ckpt/model/walk.hpp"
#include "edit/plain/values.hpp"

namespace ckpt::edit {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

/// Classes are written with a capital, functions are not: Colour(3) is an Enum, system('rm') is
/// none.
bool is_class_name(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('.') + 1);
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

bool is_scalar(Kind kind) {
  return kind == Kind::none || kind == Kind::boolean || kind == Kind::integer ||
         kind == Kind::real || kind == Kind::text;
}

std::string_view copy_scalar(Tree& tree, NodeId to, NodeId from) {
  switch (tree.kind(from)) {
    case Kind::boolean:
      tree.fill_boolean(to, tree.boolean(from));
      break;
    case Kind::integer:
      tree.fill_integer(to, tree.integer(from));
      break;
    case Kind::real:
      tree.fill_real(to, tree.real(from));
      break;
    case Kind::text:
      tree.fill_text(to, Kind::text, std::string(tree.text(from)));
      break;
    default:
      tree.fill_none(to);
  }
  return "its value";
}

/// Fills `to` with what the container `from` holds.
std::string_view copy_container(Tree& tree, NodeId to, NodeId from) {
  if (tree.is(from, Kind::dict)) {
    const auto held = tree.entries(from);
    const std::vector<model::Entry> entries(held.begin(), held.end());
    tree.fill_dict(to, model::DictType::plain, entries);
    return "dict";
  }
  const auto held = tree.items(from);
  tree.fill_items(to, Kind::list, std::vector<NodeId>(held.begin(), held.end()));
  return "list";
}

/// The dict that BUILD gave the object, or no_node.
NodeId state_of(const Tree& tree, NodeId id) {
  for (const model::Step& step : tree.object(id).steps)
    if (step.kind == model::StepKind::build && tree.is(step.value, Kind::dict)) return step.value;
  return model::no_node;
}

}  // namespace

std::string_view make_empty_bytes(Tree& tree, NodeId id) {
  const NodeId callable = tree.add();
  tree.fill_symbol(callable, "_codecs", "encode");
  const std::array<NodeId, 2> texts{tree.add_text(""), tree.add_text("latin1")};
  const model::NodeId args = tree.add_tuple(texts);
  tree.fill_object(id, {.callable = callable, .args = args});
  return "bytes";
}

std::string_view make_builtin_value(Tree& tree, NodeId id) {
  const std::string name = torch::symbol_path(tree, tree.object(id).callable);
  const auto args = torch::arguments_of(tree, tree.object(id));
  if (name == "builtins.bytes" && args.empty()) return make_empty_bytes(tree, id);
  const bool has_list = args.size() == 1 && tree.is(args[0], Kind::list);
  if (name != "builtins.frozenset" || !has_list) return "";
  const auto items = tree.items(args[0]);
  tree.fill_items(id, Kind::set, std::vector<NodeId>(items.begin(), items.end()));
  return "set";
}

std::string_view make_container_value(Tree& tree, NodeId id) {
  const model::Object& object = tree.object(id);
  std::vector<model::Entry> entries;
  std::vector<NodeId> items;
  for (const model::Step& step : object.steps) {
    if (step.kind == model::StepKind::set_item) entries.push_back({step.key, step.value});
    if (step.kind == model::StepKind::append) items.push_back(step.value);
  }
  const std::string name = torch::symbol_path(tree, object.callable);
  if (!entries.empty() || name == "collections.defaultdict") {
    tree.fill_dict(id, model::DictType::plain, entries);
    return "dict";
  }
  if (!items.empty() || name == "collections.deque") {
    tree.fill_items(id, Kind::list, items);
    return "list";
  }
  const auto args = torch::arguments_of(tree, tree.object(id));
  const bool is_tuple =
      object.construction == model::Construction::newobj && args.size() > 1 && object.steps.empty();
  if (!is_tuple) return "";
  tree.fill_items(id, Kind::tuple, std::vector<NodeId>(args.begin(), args.end()));
  return "tuple";
}

std::string_view make_enum_value(Tree& tree, NodeId id) {
  const model::Object& object = tree.object(id);
  const auto args = torch::arguments_of(tree, tree.object(id));
  if (object.construction != model::Construction::reduce || !object.steps.empty()) return "";
  const std::string name = torch::symbol_path(tree, object.callable);
  NodeId value = model::no_node;
  if (name == "builtins.getattr" && args.size() == 2 &&
      is_class_name(torch::symbol_path(tree, args[0])))
    value = args[1];
  else if (args.size() == 1 && is_class_name(name))
    value = args[0];
  if (value == model::no_node || !is_scalar(tree.kind(value))) return "";
  return copy_scalar(tree, id, value);
}

std::string_view make_config_value(Tree& tree, NodeId id) {
  if (!torch::symbol_path(tree, tree.object(id).callable).starts_with("omegaconf.")) return "";
  const NodeId state = state_of(tree, id);
  const NodeId content = tree.find(state, "_content");
  const NodeId value = content == model::no_node ? tree.find(state, "_val") : content;
  if (value == model::no_node) return "";
  if (tree.is(value, Kind::dict) || tree.is(value, Kind::list))
    return copy_container(tree, id, value);
  return is_scalar(tree.kind(value)) ? copy_scalar(tree, id, value) : "";
}

std::string_view make_attribute_dict(Tree& tree, NodeId id) {
  std::vector<model::Entry> entries;
  std::vector<model::Child> children;
  append_children(tree, id, children);
  for (const model::Child& child : children) {
    NodeId key = child.step.key;
    if (child.step.type != model::StepType::key) key = tree.add_text(step_text(tree, child.step));
    entries.push_back({key, child.node});
  }
  tree.fill_dict(id, model::DictType::plain, entries);
  return "dict";
}

}  // namespace ckpt::edit
