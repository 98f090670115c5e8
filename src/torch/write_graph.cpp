// The inverse of read_tree.cpp. Two writings of the same tree must have the same sharing of strings
// and tuples as torch.save has, because the pickler's memo makes sharing visible in the bytes.

#include "ckpt/torch/write_graph.hpp"

#include <stdexcept>
#include <string>

#include "ckpt/base/error.hpp"
#include "torch/numpy_buffers.hpp"
#include "torch/storage_names.hpp"
#include "torch/tensor_objects.hpp"

namespace ckpt::torch {

namespace {

using model::Kind;
using model::Tree;
using pickle::Graph;

pickle::Construction to_pickle(model::Construction construction) {
  switch (construction) {
    case model::Construction::reduce:
      return pickle::Construction::reduce;
    case model::Construction::newobj:
      return pickle::Construction::newobj;
    case model::Construction::newobj_ex:
      return pickle::Construction::newobj_ex;
  }
  throw std::logic_error("unknown construction");
}

pickle::StepKind to_pickle(model::StepKind kind) {
  switch (kind) {
    case model::StepKind::append:
      return pickle::StepKind::append;
    case model::StepKind::set_item:
      return pickle::StepKind::set_item;
    case model::StepKind::add:
      return pickle::StepKind::add;
    case model::StepKind::build:
      return pickle::StepKind::build;
  }
  throw std::logic_error("unknown step");
}

/// Creates graph nodes from tree nodes. What must exist before its owner (items of a tuple,
/// arguments of a call) is created first, with an explicit stack; what is added afterwards (items
/// of a list, steps of an object) waits in a queue. This order makes cycles come out right.
class GraphWriter {
 public:
  GraphWriter(const Tree& tree, const std::vector<WrittenStorage>& storages)
      : tree_(tree), objects_(tree, graph_, storages), made_(tree.size(), pickle::no_node) {}

  void write() {
    graph_.set_root(make(tree_.root()));
    while (!to_fill_.empty()) {
      const model::NodeId id = to_fill_.back();
      to_fill_.pop_back();
      fill(id);
    }
  }

  Graph take_graph() { return std::move(graph_); }
  std::vector<pickle::NodeId> take_nodes() { return std::move(made_); }

 private:
  pickle::NodeId made(model::NodeId id) const {
    return id == model::no_node ? pickle::no_node : made_[static_cast<std::size_t>(id)];
  }

  bool needs(model::NodeId id) const { return id != model::no_node && made(id) == pickle::no_node; }

  pickle::NodeId make(model::NodeId id) {
    if (needs(id)) making_.push_back(id);
    while (!making_.empty()) {
      const model::NodeId next = making_.back();
      const std::size_t height = making_.size();
      if (needs(next)) push_needed(next);
      if (making_.size() > height) continue;
      making_.pop_back();
      if (needs(next)) made_[static_cast<std::size_t>(next)] = make_shallow(next);
    }
    return made(id);
  }

  void push_if_needed(model::NodeId id) {
    if (needs(id)) making_.push_back(id);
  }

  void push_needed(model::NodeId id) {
    switch (tree_.kind(id)) {
      case Kind::tuple:
      case Kind::frozen_set:
        for (const model::NodeId item : tree_.items(id)) push_if_needed(item);
        return;
      case Kind::object:
        if (const auto array = find_buffer_array(tree_, id)) {
          push_if_needed(array->dtype);
          return;
        }
        return push_needed_of_object(tree_.object(id));
      case Kind::dict:
        if (tree_.dict_type(id) == model::DictType::custom)
          push_needed_of_object(tree_.object(tree_.maker(id)));
        return;
      case Kind::tensor:
        return push_if_needed(tree_.tensor(id).source);
      case Kind::external:
        return push_if_needed(tree_.external_id(id));
      default:
        return;
    }
  }

  void push_needed_of_object(const model::Object& object) {
    push_if_needed(object.callable);
    push_if_needed(object.args);
    push_if_needed(object.keywords);
  }

  pickle::NodeId make_shallow(model::NodeId id) {
    switch (tree_.kind(id)) {
      case Kind::none:
        return graph_.add_none();
      case Kind::boolean:
        return graph_.add_boolean(tree_.boolean(id));
      case Kind::integer:
        return graph_.add_integer(tree_.integer(id));
      case Kind::big_integer:
        return graph_.add_text(pickle::Kind::big_integer, tree_.text(id));
      case Kind::real:
        return graph_.add_real(tree_.real(id));
      case Kind::text:
        return graph_.add_text(pickle::Kind::text, tree_.text(id));
      case Kind::raw_text:
        return graph_.add_text(pickle::Kind::raw_text, tree_.text(id));
      case Kind::bytes:
        return graph_.add_text(pickle::Kind::bytes, tree_.text(id));
      case Kind::byte_array:
        return graph_.add_text(pickle::Kind::byte_array, tree_.text(id));
      case Kind::tuple:
        return graph_.add_tuple(made_items(id));
      case Kind::frozen_set:
        return graph_.add_frozen_set(made_items(id));
      case Kind::list:
        return filled_later(id, graph_.add_list());
      case Kind::set:
        return filled_later(id, graph_.add_set());
      case Kind::dict:
        return filled_later(id, make_dict(id));
      case Kind::symbol:
        return objects_.global(tree_.symbol(id).module, tree_.symbol(id).name);
      case Kind::object:
        if (const auto array = find_buffer_array(tree_, id)) return make_array(*array);
        return filled_later(id, make_object(tree_.object(id)));
      case Kind::storage: {
        const model::StorageId storage = tree_.storage(id);
        return objects_.storage_reference(storage, tree_.storage_of(storage).dtype);
      }
      case Kind::tensor:
        return make_tensor(tree_.tensor(id));
      case Kind::external:
        return graph_.add_persistent(made(tree_.external_id(id)));
    }
    throw std::logic_error("unknown kind");
  }

  pickle::NodeId filled_later(model::NodeId id, pickle::NodeId node) {
    to_fill_.push_back(id);
    return node;
  }

  std::vector<pickle::NodeId> made_items(model::NodeId id) const {
    std::vector<pickle::NodeId> items;
    for (const model::NodeId item : tree_.items(id)) items.push_back(made(item));
    return items;
  }

  pickle::NodeId make_dict(model::NodeId id) {
    switch (tree_.dict_type(id)) {
      case model::DictType::plain:
        return graph_.add_dict();
      case model::DictType::ordered:
        return objects_.empty_ordered_dict();
      case model::DictType::custom:
        return make_object(tree_.object(tree_.maker(id)));
    }
    throw std::logic_error("unknown type of dict");
  }

  pickle::NodeId make_object(const model::Object& object) {
    return graph_.add_object({.construction = to_pickle(object.construction),
                              .callable = made(object.callable),
                              .args = made(object.args),
                              .keywords = made(object.keywords)});
  }

  /// Writes the array as numpy does below protocol 5.
  pickle::NodeId make_array(const BufferArray& array) {
    const std::string module(array.package);
    const pickle::NodeId zero[] = {graph_.add_integer(0)};
    const pickle::NodeId args[] = {objects_.global("numpy", "ndarray"), graph_.add_tuple(zero),
                                   graph_.add_text(pickle::Kind::bytes, "b")};
    const pickle::NodeId made =
        graph_.add_object({.callable = objects_.global(module + "multiarray", "_reconstruct"),
                           .args = graph_.add_tuple(args)});
    const pickle::NodeId state[] = {graph_.add_integer(1), copy_of_tuple(array.shape),
                                    make(array.dtype), graph_.add_boolean(array.is_fortran),
                                    graph_.add_text(pickle::Kind::bytes, tree_.text(array.buffer))};
    graph_.add_step(made, {pickle::StepKind::build, pickle::no_node, graph_.add_tuple(state)});
    return made;
  }

  /// A copy of a shape tuple: numpy has a tuple of its own in every array.
  pickle::NodeId copy_of_tuple(model::NodeId id) {
    std::vector<pickle::NodeId> items;
    for (const model::NodeId item : tree_.items(id))
      items.push_back(tree_.is(item, Kind::integer) ? graph_.add_integer(tree_.integer(item))
                                                    : make(item));
    return graph_.add_tuple(items);
  }

  pickle::NodeId make_tensor(const model::Tensor& tensor) {
    return tensor.source == model::no_node ? objects_.tensor(tensor) : made(tensor.source);
  }

  void fill(model::NodeId id) {
    const pickle::NodeId node = made(id);
    switch (tree_.kind(id)) {
      case Kind::list:
      case Kind::set:
        for (const model::NodeId item : tree_.items(id)) graph_.append(node, make(item));
        return;
      case Kind::dict:
        return fill_dict(id, node);
      case Kind::object:
        for (const model::Step& step : tree_.object(id).steps) {
          const pickle::NodeId key = make(step.key);
          graph_.add_step(node, {to_pickle(step.kind), key, make(step.value)});
        }
        return;
      default:
        return;
    }
  }

  void fill_dict(model::NodeId id, pickle::NodeId node) {
    const bool is_plain = tree_.dict_type(id) == model::DictType::plain;
    for (const model::Entry& entry : tree_.entries(id)) {
      const pickle::NodeId key = make(entry.key);
      const pickle::NodeId value = make(entry.value);
      if (is_plain) {
        graph_.set_item(node, key, value);
      } else {
        graph_.add_step(node, {pickle::StepKind::set_item, key, value});
      }
    }
    const model::NodeId attributes = tree_.attributes(id);
    if (attributes != model::no_node)
      graph_.add_step(node, {pickle::StepKind::build, pickle::no_node, make(attributes)});
  }

  const Tree& tree_;
  Graph graph_;
  TensorObjects objects_;
  std::vector<pickle::NodeId> made_;  // by tree node
  std::vector<model::NodeId> making_;
  std::vector<model::NodeId> to_fill_;
};

}  // namespace

WrittenGraph write_graph(const Tree& tree, StorageKeys keys) {
  std::vector<WrittenStorage> storages = name_storages(tree, keys);
  GraphWriter writer(tree, storages);
  writer.write();
  return {writer.take_graph(), std::move(storages), writer.take_nodes()};
}

}  // namespace ckpt::torch
