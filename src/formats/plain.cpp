#include "ckpt/formats/plain.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/model/walk.hpp"
#include "ckpt/torch/allowed_globals.hpp"
#include "formats/plain_values.hpp"
#include "formats/take_out.hpp"

namespace ckpt::formats {

namespace {

using model::Kind;
using model::NodeId;
using model::Tree;

constexpr auto attribute_holders =
    std::to_array<std::string_view>({"argparse.Namespace", "types.SimpleNamespace"});

/// LONG1 has a length of one byte, and weights_only knows no other opcode for them.
constexpr std::size_t longest_integer_bytes = 255;

bool is_omegaconf(std::string_view name) { return name.starts_with("omegaconf."); }

/// Classes are written with a capital, functions are not: Colour(3) is an Enum, system('rm') is
/// none.
bool is_class_name(std::string_view path) {
  const char first = path.substr(path.rfind('.') + 1).front();
  return first >= 'A' && first <= 'Z';
}

bool is_scalar(Kind kind) {
  return kind == Kind::none || kind == Kind::boolean || kind == Kind::integer ||
         kind == Kind::real || kind == Kind::text;
}

class PlainMaker {
 public:
  explicit PlainMaker(Tree& tree) : tree_(tree) {}

  std::vector<PlainChange> run() {
    reach(tree_.root(), model::no_node, {});
    while (!open_.empty()) {
      const NodeId id = open_.back();
      open_.pop_back();
      visit(id);
    }
    if (dropped_.contains(tree_.root()))
      throw Error(ErrorKind::unsupported, "is an object as a whole; nothing plain would be left");
    take_out(tree_, dropped_);
    return std::move(changes_);
  }

 private:
  struct Origin {
    NodeId parent = model::no_node;
    model::PathStep step = {};
  };

  void reach(NodeId id, NodeId parent, model::PathStep step) {
    if (id != model::no_node && origins_.try_emplace(id, Origin{parent, step}).second)
      open_.push_back(id);
  }

  /// Below first, the last child first in: children are visited in the order of the file.
  void visit(NodeId id) {
    const Kind kind = tree_.kind(id);
    if (kind == Kind::object) plain_object(id);
    if (kind == Kind::symbol) drop_unknown_symbol(id);
    if (kind == Kind::external) drop(id, "a reference outside the file");
    if (kind == Kind::frozen_set) plain_frozen_set(id);
    if (kind == Kind::tensor) plain_tensor(id);
    if (kind == Kind::big_integer && tree_.text(id).size() > longest_integer_bytes)
      drop(id, "an integer beyond what weights_only reads");
    if (kind == Kind::bytes && tree_.text(id).empty()) make_empty_bytes(id);
    if (dropped_.contains(id)) return;
    reach_children(id);
  }

  void reach_children(NodeId id) {
    std::vector<model::Child> children;
    append_children(tree_, id, children);
    if (tree_.is(id, Kind::dict)) {
      for (const model::Entry& entry : tree_.entries(id))
        children.push_back({{.type = model::StepType::key, .key = entry.key}, entry.key});
      if (tree_.attributes(id) != model::no_node)
        children.push_back({{.type = model::StepType::state}, tree_.attributes(id)});
    }
    for (std::size_t i = children.size(); i-- > 0;) reach(children[i].node, id, children[i].step);
  }

  std::string path_of(NodeId id) const {
    model::KeyPath path;
    for (auto at = origins_.at(id); at.parent != model::no_node; at = origins_.at(at.parent))
      path.push_back(at.step);
    std::ranges::reverse(path);
    return path.empty() ? "(top)" : path_text(tree_, path);
  }

  void note(NodeId id, std::string from, std::string_view to) {
    changes_.push_back({path_of(id), std::move(from), std::string(to)});
  }

  void drop(NodeId id, std::string from) {
    note(id, std::move(from), "");
    dropped_.insert(id);
  }

  // ---- objects

  void plain_object(NodeId id) {
    const std::string name = symbol_path(tree_, tree_.object(id).callable);
    if (torch::find_allowed_global(name)) return;
    if (const std::string_view to = convert(id, name); !to.empty())
      note(id, name.empty() ? "an object" : name, to);
    else
      drop(id, name.empty() ? "an object" : name);
  }

  std::string_view convert(NodeId id, std::string_view name) {
    if (const auto to = make_library_value(tree_, id); !to.empty()) return to;
    if (const auto to = make_numpy_value(tree_, id); !to.empty()) return to;
    if (const auto to = make_builtin(id, name); !to.empty()) return to;
    if (is_omegaconf(name))
      if (const auto to = make_content(id); !to.empty()) return to;
    if (const auto to = make_container(id); !to.empty()) return to;
    if (const auto to = make_enum(id, name); !to.empty()) return to;
    const bool is_holder = std::ranges::find(attribute_holders, name) != attribute_holders.end();
    if (is_holder || is_omegaconf(name) || holds_tensor(id)) return make_attributes(id);
    return "";
  }

  std::span<const NodeId> args_of(NodeId id) const {
    const NodeId args = tree_.object(id).args;
    if (args == model::no_node || !tree_.is(args, Kind::tuple)) return {};
    return tree_.items(args);
  }

  std::string_view make_builtin(NodeId id, std::string_view name) {
    const auto args = args_of(id);
    if (name == "builtins.bytes" && args.empty()) return make_empty_bytes(id);
    const bool has_list = args.size() == 1 && tree_.is(args[0], Kind::list);
    if (name != "builtins.frozenset" || !has_list) return "";
    const auto items = tree_.items(args[0]);
    tree_.fill_items(id, Kind::set, std::vector<NodeId>(items.begin(), items.end()));
    return "set";
  }

  /// weights_only knows bytes only by the call that makes those that are not empty.
  std::string_view make_empty_bytes(NodeId id) {
    const NodeId callable = tree_.add();
    tree_.fill_symbol(callable, "_codecs", "encode");
    const std::array<NodeId, 2> texts{tree_.add_text(""), tree_.add_text("latin1")};
    const NodeId args = tree_.add();
    tree_.fill_items(args, Kind::tuple, texts);
    tree_.fill_object(id, {.callable = callable, .args = args});
    return "bytes";
  }

  /// Subclasses of dict and list are filled item by item; a named tuple is its arguments.
  std::string_view make_container(NodeId id) {
    const model::Object& object = tree_.object(id);
    std::vector<model::Entry> entries;
    std::vector<NodeId> items;
    for (const model::Step& step : object.steps) {
      if (step.kind == model::StepKind::set_item) entries.push_back({step.key, step.value});
      if (step.kind == model::StepKind::append) items.push_back(step.value);
    }
    const std::string name = symbol_path(tree_, object.callable);
    if (!entries.empty() || name == "collections.defaultdict") {
      tree_.fill_dict(id, model::DictType::plain, entries);
      return "dict";
    }
    if (!items.empty() || name == "collections.deque") {
      tree_.fill_items(id, Kind::list, items);
      return "list";
    }
    const auto args = args_of(id);
    const bool is_tuple = object.construction == model::Construction::newobj && args.size() > 1 &&
                          object.steps.empty();
    if (!is_tuple) return "";
    tree_.fill_items(id, Kind::tuple, std::vector<NodeId>(args.begin(), args.end()));
    return "tuple";
  }

  /// Class(value) since 3.12, getattr(Class, 'name') before.
  std::string_view make_enum(NodeId id, std::string_view name) {
    const model::Object& object = tree_.object(id);
    const auto args = args_of(id);
    if (object.construction != model::Construction::reduce || !object.steps.empty()) return "";
    NodeId value = model::no_node;
    if (name == "builtins.getattr" && args.size() == 2 && tree_.is(args[0], Kind::symbol) &&
        is_class_name(symbol_path(tree_, args[0])))
      value = args[1];
    else if (args.size() == 1 && !name.empty() && is_class_name(name))
      value = args[0];
    if (value == model::no_node || !is_scalar(tree_.kind(value))) return "";
    copy_scalar(id, value);
    return "its value";
  }

  void copy_scalar(NodeId to, NodeId from) {
    switch (tree_.kind(from)) {
      case Kind::boolean:
        return tree_.fill_boolean(to, tree_.boolean(from));
      case Kind::integer:
        return tree_.fill_integer(to, tree_.integer(from));
      case Kind::real:
        return tree_.fill_real(to, tree_.real(from));
      case Kind::text:
        return tree_.fill_text(to, Kind::text, std::string(tree_.text(from)));
      default:
        return tree_.fill_none(to);
    }
  }

  /// OmegaConf keeps values under _content (a dict or a list of nodes) or _val.
  std::string_view make_content(NodeId id) {
    const NodeId state = state_of(id);
    if (state == model::no_node) return "";
    if (const NodeId content = tree_.find(state, "_content"); content != model::no_node) {
      if (tree_.is(content, Kind::dict)) {
        const auto held = tree_.entries(content);
        const std::vector<model::Entry> entries(held.begin(), held.end());
        tree_.fill_dict(id, model::DictType::plain, entries);
        return "dict";
      }
      if (tree_.is(content, Kind::list)) {
        const auto held = tree_.items(content);
        tree_.fill_items(id, Kind::list, std::vector<NodeId>(held.begin(), held.end()));
        return "list";
      }
      if (is_scalar(tree_.kind(content))) return copy_scalar(id, content), "its value";
    }
    const NodeId value = tree_.find(state, "_val");
    if (value == model::no_node || !is_scalar(tree_.kind(value))) return "";
    copy_scalar(id, value);
    return "its value";
  }

  /// The dict that BUILD gave the object, or no_node.
  NodeId state_of(NodeId id) const {
    for (const model::Step& step : tree_.object(id).steps)
      if (step.kind == model::StepKind::build && tree_.is(step.value, Kind::dict))
        return step.value;
    return model::no_node;
  }

  std::string_view make_attributes(NodeId id) {
    std::vector<model::Entry> entries;
    std::vector<model::Child> children;
    append_children(tree_, id, children);
    for (const model::Child& child : children) {
      NodeId key = child.step.key;
      if (child.step.type != model::StepType::key)
        key = tree_.add_text(step_text(tree_, child.step));
      entries.push_back({key, child.node});
    }
    tree_.fill_dict(id, model::DictType::plain, entries);
    return "dict";
  }

  bool holds_tensor(NodeId id) const {
    std::unordered_set<NodeId> seen{id};
    std::vector<NodeId> open{id};
    std::vector<model::Child> children;
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (tree_.is(node, Kind::tensor) || tree_.is(node, Kind::storage)) return true;
      children.clear();
      append_children(tree_, node, children);
      for (const model::Child& child : children)
        if (seen.insert(child.node).second) open.push_back(child.node);
    }
    return false;
  }

  // ---- everything else

  void drop_unknown_symbol(NodeId id) {
    std::string name = symbol_path(tree_, id);
    if (!torch::find_allowed_global(name)) drop(id, std::move(name));
  }

  void plain_frozen_set(NodeId id) {
    const auto held = tree_.items(id);
    tree_.fill_items(id, Kind::set, std::vector<NodeId>(held.begin(), held.end()));
    note(id, "frozenset", "set");
  }

  /// A tensor of an unknown subclass, or with attributes of unknown classes, is a plain one when
  /// its fields say all about its elements.
  void plain_tensor(NodeId id) {
    modernize_sparse(id);
    const model::Tensor& tensor = tree_.tensor(id);
    if (tensor.source == model::no_node || !names_unknown(tensor.source)) return;
    const std::string name = symbol_path(tree_, tree_.object(tensor.source).callable);
    if (tensor.form != model::TensorForm::strided || tensor.storage == model::no_storage)
      return drop(id, name);
    tree_.mutable_tensor(id).source = model::no_node;
    note(id, name, "tensor");
  }

  /// The name that 1.9 to 1.13 gave to the rebuilding of CSR, which takes the same arguments today.
  void modernize_sparse(NodeId tensor) {
    const NodeId source = tree_.tensor(tensor).source;
    if (source == model::no_node || symbol_path(tree_, tree_.object(source).callable) !=
                                        "torch._utils._rebuild_sparse_csr_tensor")
      return;
    const NodeId callable = tree_.add();
    tree_.fill_symbol(callable, "torch._utils", "_rebuild_sparse_tensor");
    tree_.mutable_object(source).callable = callable;
    note(tensor, "torch._utils._rebuild_sparse_csr_tensor", "tensor");
  }

  bool names_unknown(NodeId source) const {
    std::unordered_set<NodeId> seen{source};
    std::vector<NodeId> open{source};
    std::vector<model::Child> children;
    while (!open.empty()) {
      const NodeId node = open.back();
      open.pop_back();
      if (tree_.is(node, Kind::symbol) && !torch::find_allowed_global(symbol_path(tree_, node)))
        return true;
      children.clear();
      if (tree_.is(node, Kind::object)) children.push_back({{}, tree_.object(node).callable});
      append_children(tree_, node, children);
      for (const model::Child& child : children)
        if (seen.insert(child.node).second) open.push_back(child.node);
    }
    return false;
  }

  Tree& tree_;
  std::unordered_map<NodeId, Origin> origins_;
  std::unordered_set<NodeId> dropped_;
  std::vector<NodeId> open_;
  std::vector<PlainChange> changes_;
};

}  // namespace

std::vector<PlainChange> make_plain(Tree& tree) { return PlainMaker(tree).run(); }

}  // namespace ckpt::formats
