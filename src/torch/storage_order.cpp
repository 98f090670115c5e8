// Visits the values of a tree once each, in the order in which CPython's pickler writes them.

#include "torch/storage_order.hpp"

#include <algorithm>

namespace ckpt::torch {

namespace {

using model::Kind;
using model::NodeId;
using model::StorageId;
using model::Tree;

/// A depth-first walk in the order in which the pickler writes, with an explicit stack.
class UseWalk {
 public:
  explicit UseWalk(const Tree& tree)
      : tree_(tree), seen_nodes_(tree.size()), seen_storages_(tree.storages().size()) {}

  std::vector<StorageId> walk() {
    stack_.push_back(tree_.root());
    while (!stack_.empty()) {
      const NodeId id = stack_.back();
      stack_.pop_back();
      if (id == model::no_node || seen_nodes_[static_cast<std::size_t>(id)]) continue;
      seen_nodes_[static_cast<std::size_t>(id)] = true;
      const std::size_t bottom = stack_.size();
      push_children(id);
      std::ranges::reverse(stack_.begin() + static_cast<std::ptrdiff_t>(bottom), stack_.end());
    }
    return std::move(order_);
  }

 private:
  void use(StorageId storage) {
    if (storage == model::no_storage || seen_storages_[static_cast<std::size_t>(storage)]) return;
    seen_storages_[static_cast<std::size_t>(storage)] = true;
    order_.push_back(storage);
  }

  void push_children(NodeId id) {
    switch (tree_.kind(id)) {
      case Kind::tuple:
      case Kind::list:
      case Kind::set:
      case Kind::frozen_set:
        for (const NodeId item : tree_.items(id)) stack_.push_back(item);
        return;
      case Kind::dict:
        stack_.push_back(tree_.maker(id));
        for (const model::Entry& entry : tree_.entries(id)) push(entry.key, entry.value);
        stack_.push_back(tree_.attributes(id));
        return;
      case Kind::object:
        return push_object(tree_.object(id));
      case Kind::storage:
        return use(tree_.storage(id));
      case Kind::tensor:
        return push_tensor(tree_.tensor(id));
      case Kind::external:
        return stack_.push_back(tree_.external_id(id));
      case Kind::none:
      case Kind::boolean:
      case Kind::integer:
      case Kind::big_integer:
      case Kind::real:
      case Kind::text:
      case Kind::raw_text:
      case Kind::bytes:
      case Kind::byte_array:
      case Kind::symbol:
        return;
    }
  }

  void push(NodeId key, NodeId value) {
    stack_.push_back(key);
    stack_.push_back(value);
  }

  void push_tensor(const model::Tensor& tensor) {
    if (tensor.source == model::no_node) return use(tensor.storage);
    stack_.push_back(tensor.source);
  }

  void push_object(const model::Object& object) {
    push(object.callable, object.args);
    stack_.push_back(object.keywords);
    for (const model::Step& step : object.steps) push(step.key, step.value);
  }

  const Tree& tree_;
  std::vector<bool> seen_nodes_;
  std::vector<bool> seen_storages_;
  std::vector<NodeId> stack_;
  std::vector<StorageId> order_;
};

}  // namespace

std::vector<StorageId> storages_in_order_of_use(const Tree& tree) { return UseWalk(tree).walk(); }

}  // namespace ckpt::torch
