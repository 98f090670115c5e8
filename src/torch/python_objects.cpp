#include "ckpt/torch/python_objects.hpp"

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/pickle/python2_names.hpp"

namespace ckpt::torch {

using model::Kind;
using model::NodeId;
using model::Tree;

std::string symbol_path(const Tree& tree, NodeId id) {
  if (id == model::no_node || !tree.is(id, Kind::symbol)) return "";
  const model::Symbol symbol = tree.symbol(id);
  const pickle::Global named = pickle::to_python3({symbol.module, symbol.name});
  return concat(named.module, '.', named.name);
}

std::span<const NodeId> arguments_of(const Tree& tree, const model::Object& object) {
  if (object.args == model::no_node || !tree.is(object.args, Kind::tuple)) return {};
  return tree.items(object.args);
}

std::optional<std::string> find_bytes(const Tree& tree, NodeId id) {
  if (tree.is(id, Kind::bytes) || tree.is(id, Kind::raw_text)) return std::string(tree.text(id));
  if (tree.is(id, Kind::text)) return find_latin1(tree.text(id));
  if (!tree.is(id, Kind::object)) return std::nullopt;
  const model::Object& object = tree.object(id);
  const auto args = arguments_of(tree, object);
  const std::string name = symbol_path(tree, object.callable);
  if (name == "builtins.bytes" && args.empty()) return "";
  if (name != "_codecs.encode" || args.empty() || !tree.is(args[0], Kind::text))
    return std::nullopt;
  return find_latin1(tree.text(args[0]));
}

NodeId find_set_items(const Tree& tree, NodeId id) {
  if (tree.is(id, Kind::set) || tree.is(id, Kind::frozen_set)) return id;
  if (!tree.is(id, Kind::object)) return model::no_node;
  const std::string name = symbol_path(tree, tree.object(id).callable);
  if (name != "builtins.set" && name != "builtins.frozenset") return model::no_node;
  const auto items = arguments_of(tree, tree.object(id));
  return items.size() == 1 && tree.is(items[0], Kind::list) ? items[0] : model::no_node;
}

}  // namespace ckpt::torch
