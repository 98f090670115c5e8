// Passes over all nodes of the tree; each recognises one spelling (see loaded_values.hpp) and
// rewrites the node in place, so that all references to it see the common form.

#include "ckpt/torch/loaded_values.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "ckpt/base/text.hpp"
#include "ckpt/base/utf8.hpp"
#include "ckpt/model/entries.hpp"
#include "ckpt/pickle/python2_names.hpp"
#include "torch/number_arrays.hpp"
#include "torch/numpy_buffers.hpp"

namespace ckpt::torch {

namespace {

using model::Construction;
using model::Kind;
using model::NodeId;
using model::Object;
using model::Tree;

/// Globals have their Python 3 names from this protocol on.
constexpr std::uint8_t first_python3_protocol = 3;

bool is_call(const Tree& tree, NodeId id) {
  if (id == model::no_node || !tree.is(id, Kind::object)) return false;
  const Object& object = tree.object(id);
  return object.construction == Construction::reduce && object.steps.empty() &&
         tree.is(object.callable, Kind::symbol) && tree.is(object.args, Kind::tuple);
}

bool calls(const Tree& tree, NodeId id, std::string_view module, std::string_view name) {
  return is_call(tree, id) && tree.is_symbol(tree.object(id).callable, module, name);
}

std::span<const NodeId> args_of(const Tree& tree, NodeId call) {
  return tree.items(tree.object(call).args);
}

class Loader {
 public:
  Loader(Tree& tree, std::uint8_t protocol)
      : tree_(tree), protocol_(protocol), node_count_(tree.size()) {}

  /// Each pass needs the results of the passes before it: names, then bytes, then what is made of
  /// bytes.
  void run() {
    for_each_node(&Loader::rename_symbol);
    // Twice, for a class inside an inner class, because the nodes may be in any order.
    for_each_node(&Loader::resolve_attribute);
    for (std::size_t i = node_count_; i-- > 0;)
      resolve_attribute(NodeId{static_cast<std::uint32_t>(i)});
    for_each_node(&Loader::make_bytes);
    for_each_node(&Loader::make_byte_array);
    for_each_node(&Loader::make_set);
    for_each_node(&Loader::make_number_array);
    for_each_node(&Loader::make_numpy_array);
    for_each_node(&Loader::make_new_object);
  }

 private:
  using Rewrite = void (Loader::*)(NodeId id);

  void for_each_node(Rewrite rewrite) {
    for (std::size_t i = 0; i < node_count_; ++i)
      (this->*rewrite)(NodeId{static_cast<std::uint32_t>(i)});
  }

  void rename_symbol(NodeId id) {
    if (!tree_.is(id, Kind::symbol)) return;
    const model::Symbol symbol = tree_.symbol(id);
    pickle::Global global{symbol.module, symbol.name};
    if (protocol_ < first_python3_protocol) global = pickle::to_python3(global);
    constexpr std::string_view old_numpy = "numpy.core.";
    const std::string module = global.module.starts_with(old_numpy)
                                   ? concat("numpy._core.", global.module.substr(old_numpy.size()))
                                   : std::string(global.module);
    if (module == symbol.module && global.name == symbol.name) return;
    tree_.fill_symbol(id, module, std::string(global.name));
  }

  /// Replaces getattr(Outer, 'Inner') by Outer.Inner.
  void resolve_attribute(NodeId id) {
    if (!calls(tree_, id, "builtins", "getattr")) return;
    const auto args = args_of(tree_, id);
    if (args.size() != 2 || !tree_.is(args[0], Kind::symbol) || !tree_.is(args[1], Kind::text))
      return;
    const model::Symbol outer = tree_.symbol(args[0]);
    const std::string name = concat(outer.name, '.', tree_.text(args[1]));
    tree_.fill_symbol(id, std::string(outer.module), name);
  }

  void make_bytes(NodeId id) {
    if (calls(tree_, id, "builtins", "bytes") && args_of(tree_, id).empty())
      return tree_.fill_text(id, Kind::bytes, "");
    if (!calls(tree_, id, "_codecs", "encode")) return;
    if (const auto bytes = find_encoded(args_of(tree_, id), "latin1"))
      tree_.fill_text(id, Kind::bytes, *bytes);
  }

  void make_byte_array(NodeId id) {
    if (!calls(tree_, id, "builtins", "bytearray")) return;
    const auto args = args_of(tree_, id);
    if (args.empty()) return tree_.fill_text(id, Kind::byte_array, "");
    if (args.size() == 1 && tree_.is(args[0], Kind::bytes))
      return tree_.fill_text(id, Kind::byte_array, std::string(tree_.text(args[0])));
    if (const auto bytes = find_encoded(args, "latin-1"))
      tree_.fill_text(id, Kind::byte_array, *bytes);
  }

  std::optional<std::string> find_encoded(std::span<const NodeId> args, std::string_view codec) {
    if (args.size() != 2 || !tree_.is(args[0], Kind::text) || !tree_.is_text(args[1], codec))
      return std::nullopt;
    return find_latin1(tree_.text(args[0]));
  }

  void make_set(NodeId id) {
    const bool is_frozen = calls(tree_, id, "builtins", "frozenset");
    if (!is_frozen && !calls(tree_, id, "builtins", "set")) return;
    const auto args = args_of(tree_, id);
    if (args.size() > 1 || (args.size() == 1 && !tree_.is(args[0], Kind::list))) return;
    std::vector<NodeId> items;
    if (args.size() == 1) items.assign(tree_.items(args[0]).begin(), tree_.items(args[0]).end());
    tree_.fill_items(id, is_frozen ? Kind::frozen_set : Kind::set, items);
  }

  void make_number_array(NodeId id) {
    if (!calls(tree_, id, "array", "_array_reconstructor")) return;
    const auto numbers = find_number_array(tree_, args_of(tree_, id));
    if (!numbers) return;
    const NodeId list = tree_.add();
    std::vector<NodeId> items;
    for (const ArrayNumber& number : numbers->numbers) items.push_back(add_number(number));
    tree_.fill_items(list, Kind::list, items);
    const std::array<NodeId, 2> parts{numbers->code, list};
    call(id, numbers->array_class, parts);
  }

  NodeId add_number(const ArrayNumber& number) {
    if (const auto* const whole = std::get_if<std::int64_t>(&number))
      return tree_.add_integer(*whole);
    const NodeId id = tree_.add();
    tree_.fill_real(id, std::get<double>(number));
    return id;
  }

  void call(NodeId id, NodeId callable, std::span<const NodeId> parts) {
    const model::NodeId args = tree_.add_tuple(parts);
    tree_.fill_object(id, {.callable = callable, .args = args});
  }

  void make_numpy_array(NodeId id) {
    const std::optional<BufferArray> array = find_buffer_array(tree_, id);
    if (!array) return;
    const std::string module = concat(array->package, "multiarray");
    const std::array<NodeId, 1> zero{tree_.add_integer(0)};
    const std::array<NodeId, 3> parts{add_symbol("numpy", "ndarray"), add_tuple(zero),
                                      add_bytes("b")};
    const std::array<NodeId, 5> state{tree_.add_integer(1), array->shape, array->dtype,
                                      add_boolean(array->is_fortran),
                                      add_bytes(std::string(tree_.text(array->buffer)))};
    call(id, add_symbol(module, "_reconstruct"), parts);
    tree_.mutable_object(id).steps.push_back(
        {model::StepKind::build, model::no_node, add_tuple(state)});
  }

  /// Replaces partial(C.__new__, C, *args, **keywords)() by the call that NEWOBJ_EX of protocol 4
  /// makes.
  void make_new_object(NodeId id) {
    if (!tree_.is(id, Kind::object)) return;
    const Object& object = tree_.object(id);
    if (object.construction != Construction::reduce || !tree_.is(object.args, Kind::tuple) ||
        !tree_.items(object.args).empty() || !tree_.is(object.callable, Kind::object))
      return;
    const auto state = find_partial_state(object.callable);
    if (state.size() < 3 || !tree_.is(state[1], Kind::tuple) || tree_.items(state[1]).empty())
      return;
    const std::vector<NodeId> bound = model::copy_items(tree_, state[1]);
    if (!makes(state[0], bound.front())) return;
    Object made{.construction = Construction::newobj_ex,
                .callable = bound.front(),
                .args = model::no_node,
                .keywords = state[2],
                .steps = object.steps};
    made.args = add_tuple(std::span(bound).subspan(1));
    tree_.fill_object(id, std::move(made));
  }

  /// The state (function, args, keywords, attributes) of a functools.partial with one BUILD.
  std::span<const NodeId> find_partial_state(NodeId id) const {
    const Object& object = tree_.object(id);
    const bool is_partial = object.steps.size() == 1 &&
                            object.steps[0].kind == model::StepKind::build &&
                            tree_.is(object.callable, Kind::symbol) &&
                            tree_.is_symbol(object.callable, "functools", "partial") &&
                            tree_.is(object.steps[0].value, Kind::tuple);
    if (!is_partial) return {};
    return tree_.items(object.steps[0].value);
  }

  /// Whether `function` is `type`.__new__.
  bool makes(NodeId function, NodeId type) const {
    if (!tree_.is(function, Kind::symbol) || !tree_.is(type, Kind::symbol)) return false;
    const model::Symbol symbol = tree_.symbol(type);
    return tree_.is_symbol(function, symbol.module, concat(symbol.name, ".__new__"));
  }

  NodeId add_symbol(std::string_view module, std::string_view name) {
    const NodeId id = tree_.add();
    tree_.fill_symbol(id, module, name);
    return id;
  }
  NodeId add_tuple(std::span<const NodeId> items) { return tree_.add_tuple(items); }
  NodeId add_bytes(std::string_view bytes) {
    const NodeId id = tree_.add();
    tree_.fill_text(id, Kind::bytes, bytes);
    return id;
  }
  NodeId add_boolean(bool value) {
    const NodeId id = tree_.add();
    tree_.fill_boolean(id, value);
    return id;
  }

  Tree& tree_;
  std::uint8_t protocol_;
  std::size_t node_count_;  // without nodes that were added here
};

}  // namespace

void make_loaded(Tree& tree, std::uint8_t pickle_protocol) { Loader(tree, pickle_protocol).run(); }

}  // namespace ckpt::torch
