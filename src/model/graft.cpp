// A worklist of nodes to fill: a node is created when it is first referred to, so shared nodes and
// cycles are copied as they are.

#include "ckpt/model/graft.hpp"

namespace ckpt::model {

namespace {

/// Kinds that copy and original can share without any program noticing.
bool is_shareable(Kind kind) {
  return kind != Kind::tuple && kind != Kind::list && kind != Kind::set &&
         kind != Kind::frozen_set && kind != Kind::dict && kind != Kind::object &&
         kind != Kind::tensor && kind != Kind::storage && kind != Kind::byte_array;
}

}  // namespace

NodeId Graft::copy(NodeId id) {
  const NodeId copied = target_of(id);
  while (!open_.empty()) {
    const NodeId next = open_.back();
    open_.pop_back();
    fill(next);
  }
  return copied;
}

NodeId Graft::target_of(NodeId id) {
  if (id == no_node) return no_node;
  if (&to_ == &from_ && is_shareable(from_.kind(id))) return id;
  const auto [known, is_new] = nodes_.try_emplace(id, no_node);
  if (!is_new) return known->second;
  known->second = to_.add();
  open_.push_back(id);
  return known->second;
}

StorageId Graft::storage_of(StorageId id) {
  if (id == no_storage) return no_storage;
  const auto [known, is_new] = storages_.try_emplace(id, no_storage);
  if (!is_new) return known->second;
  Storage storage = from_.storage_of(id);
  storage.key.clear();
  known->second = to_.add_storage(std::move(storage));
  return known->second;
}

void Graft::fill(NodeId id) {
  const NodeId target = nodes_.at(id);
  switch (from_.kind(id)) {
    case Kind::none:
      return to_.fill_none(target);
    case Kind::boolean:
      return to_.fill_boolean(target, from_.boolean(id));
    case Kind::integer:
      return to_.fill_integer(target, from_.integer(id));
    case Kind::real:
      return to_.fill_real(target, from_.real(id));
    case Kind::big_integer:
    case Kind::text:
    case Kind::raw_text:
    case Kind::bytes:
    case Kind::byte_array: {
      const std::string text(from_.text(id));
      return to_.fill_text(target, from_.kind(id), text);
    }
    case Kind::tuple:
    case Kind::list:
    case Kind::set:
    case Kind::frozen_set:
      return fill_items(id, target);
    case Kind::dict:
      return fill_dict(id, target);
    case Kind::symbol: {
      const std::string module(from_.symbol(id).module);
      const std::string name(from_.symbol(id).name);
      return to_.fill_symbol(target, module, name);
    }
    case Kind::object:
      return fill_object(id, target);
    case Kind::storage:
      return to_.fill_storage(target, storage_of(from_.storage(id)));
    case Kind::tensor:
      return fill_tensor(id, target);
    case Kind::external:
      return to_.fill_external(target, target_of(from_.external_id(id)));
  }
}

void Graft::fill_items(NodeId id, NodeId target) {
  const auto source = from_.items(id);
  std::vector<NodeId> items(source.begin(), source.end());
  for (NodeId& item : items) item = target_of(item);
  to_.fill_items(target, from_.kind(id), items);
}

void Graft::fill_dict(NodeId id, NodeId target) {
  const auto source = from_.entries(id);
  std::vector<Entry> entries(source.begin(), source.end());
  const DictType type = from_.dict_type(id);
  const NodeId attributes = target_of(from_.attributes(id));
  const NodeId maker = from_.maker(id);
  for (Entry& entry : entries) entry = {target_of(entry.key), target_of(entry.value)};
  to_.fill_dict(target, type, entries, attributes);
  if (type == DictType::custom) to_.set_maker(target, target_of(maker));
}

void Graft::fill_object(NodeId id, NodeId target) {
  Object object = from_.object(id);
  object.callable = target_of(object.callable);
  object.args = target_of(object.args);
  object.keywords = target_of(object.keywords);
  for (Step& step : object.steps) {
    step.key = target_of(step.key);
    step.value = target_of(step.value);
  }
  to_.fill_object(target, std::move(object));
}

void Graft::fill_tensor(NodeId id, NodeId target) {
  Tensor tensor = from_.tensor(id);
  tensor.storage = storage_of(tensor.storage);
  tensor.source = target_of(tensor.source);
  to_.fill_tensor(target, std::move(tensor));
}

NodeId deep_copy(Tree& tree, NodeId id) { return Graft(tree, tree).copy(id); }

}  // namespace ckpt::model
