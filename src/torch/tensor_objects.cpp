// Caches the objects that torch shares between tensors; creates the others anew for each tensor.

#include "torch/tensor_objects.hpp"

#include "ckpt/torch/storage_classes.hpp"

namespace ckpt::torch {

TensorObjects::TensorObjects(const model::Tree& tree, pickle::Graph& graph,
                             const std::vector<WrittenStorage>& storages)
    : tree_(tree), graph_(graph), keys_(tree.storages().size()) {
  for (const WrittenStorage& written : storages)
    keys_[static_cast<std::size_t>(written.storage)].text = written.key;
}

pickle::NodeId TensorObjects::global(std::string_view module, std::string_view name) {
  const auto [found, is_new] =
      globals_.try_emplace({std::string(module), std::string(name)}, pickle::no_node);
  if (is_new) found->second = graph_.add_global(module, name);
  return found->second;
}

pickle::NodeId TensorObjects::empty_ordered_dict() {
  const pickle::NodeId callable = global("collections", "OrderedDict");
  return graph_.add_object({.callable = callable, .args = graph_.add_tuple({})});
}

pickle::NodeId TensorObjects::storage_reference(model::StorageId id,
                                                std::optional<model::DType> dtype) {
  const model::Storage& storage = tree_.storage_of(id);
  const std::string_view class_name = dtype ? storage_class_name(*dtype) : std::string_view{};
  const bool is_typed = !class_name.empty();
  const std::uint64_t element_bytes = is_typed ? row_of(*dtype).size_bytes : std::uint64_t{1};
  const pickle::NodeId parts[] = {
      constant("storage"),
      is_typed ? global("torch", class_name) : global("torch.storage", "UntypedStorage"),
      key_of(id), location(storage.location),
      graph_.add_integer(static_cast<std::int64_t>(storage.size_bytes() / element_bytes))};
  return graph_.add_persistent(graph_.add_tuple(parts));
}

pickle::NodeId TensorObjects::tensor(const model::Tensor& tensor) {
  const pickle::NodeId plain = plain_tensor(tensor);
  if (!tensor.is_parameter) return plain;
  const pickle::NodeId args[] = {plain, graph_.add_boolean(tensor.requires_grad),
                                 empty_ordered_dict()};
  return call("_rebuild_parameter", args);
}

pickle::NodeId TensorObjects::plain_tensor(const model::Tensor& tensor) {
  const bool has_class = !storage_class_name(tensor.dtype).empty();
  const bool requires_grad = tensor.requires_grad && !tensor.is_parameter;
  std::vector<pickle::NodeId> args = {storage_reference(tensor.storage, tensor.dtype),
                                      graph_.add_integer(tensor.layout.offset_elements),
                                      integers(tensor.layout.shape),
                                      integers(tensor.layout.stride_elements),
                                      graph_.add_boolean(requires_grad),
                                      empty_ordered_dict()};
  if (!has_class) args.push_back(global("torch", row_of(tensor.dtype).name));
  return call(has_class ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3", args);
}

pickle::NodeId TensorObjects::call(std::string_view function,
                                   std::span<const pickle::NodeId> args) {
  const pickle::NodeId callable = global("torch._utils", function);
  return graph_.add_object({.callable = callable, .args = graph_.add_tuple(args)});
}

pickle::NodeId TensorObjects::integers(const std::vector<std::int64_t>& numbers) {
  std::vector<pickle::NodeId> items;
  items.reserve(numbers.size());
  for (const std::int64_t number : numbers) items.push_back(graph_.add_integer(number));
  return graph_.add_tuple(items);
}

/// "cpu" is a constant in torch; a text such as "cuda:0" is a new string for every storage.
pickle::NodeId TensorObjects::location(const std::string& location) {
  return location.find(':') == std::string::npos ? constant(location) : graph_.add_text(location);
}

pickle::NodeId TensorObjects::constant(const std::string& text) {
  const auto [found, is_new] = constants_.try_emplace(text, pickle::no_node);
  if (is_new) found->second = graph_.add_text(text);
  return found->second;
}

pickle::NodeId TensorObjects::key_of(model::StorageId id) {
  Key& key = keys_[static_cast<std::size_t>(id)];
  if (is_address(key.text)) return graph_.add_text(key.text);
  if (key.node == pickle::no_node) key.node = graph_.add_text(key.text);
  return key.node;
}

}  // namespace ckpt::torch
