// A storage is declared by its persistent id in every tensor. All declarations of a key must agree
// in dtype and size, as in torch.load.

#include "torch/storage_table.hpp"

#include "ckpt/base/checked.hpp"
#include "ckpt/base/error.hpp"
#include "ckpt/base/text.hpp"
#include "ckpt/torch/storage_classes.hpp"

namespace ckpt::torch {

namespace {

std::string_view type_name(const std::optional<model::DType>& dtype) {
  return dtype ? model::row_of(*dtype).name : "untyped";
}

/// To torch.load, an untyped storage has dtype uint8. A uint8 tensor and its float8 view share a
/// storage that the file declares with both classes.
model::DType loaded_dtype(const std::optional<model::DType>& dtype) {
  return dtype.value_or(model::DType::uint8);
}

bool is_text_node(const pickle::Graph& graph, pickle::NodeId id) {
  return graph.is(id, pickle::Kind::text) || graph.is(id, pickle::Kind::raw_text);
}

/// Keys are opaque texts; torch.package writes integers.
std::string key_text(const pickle::Graph& graph, pickle::NodeId id) {
  if (is_text_node(graph, id)) return std::string(graph.text(id));
  if (graph.is(id, pickle::Kind::integer)) return concat(graph.integer(id));
  throw Error(ErrorKind::malformed, "a storage reference whose key is neither text nor integer");
}

}  // namespace

bool StorageTable::is_storage(pickle::NodeId persistent) const {
  const pickle::NodeId id = graph_.persistent_id(persistent);
  if (!graph_.is(id, pickle::Kind::tuple)) return false;
  const auto parts = graph_.items(id);
  return (parts.size() == 5 || parts.size() == 6) && graph_.is_text(parts[0], "storage");
}

StorageRequest StorageTable::request_of(std::span<const pickle::NodeId> parts) const {
  StorageRequest request{.key = key_text(graph_, parts[2])};
  if (!is_text_node(graph_, parts[3]) || !graph_.is(parts[4], pickle::Kind::integer))
    throw Error(ErrorKind::malformed,
                concat("storage ", quote(request.key),
                       ": expected a text as location and an integer as element count"));
  if (!graph_.is(parts[1], pickle::Kind::global))
    throw Error(ErrorKind::malformed, concat("storage ", quote(request.key), ": has no class"));
  const pickle::Global named = graph_.global(parts[1]);
  const auto storage_class = find_storage_class(named.module, named.name);
  if (!storage_class)
    throw Error(ErrorKind::unsupported,
                concat("storage ", quote(request.key), ": unknown storage class ",
                       quote(concat(named.module, '.', named.name))));
  const std::int64_t count = graph_.integer(parts[4]);
  if (count < 0)
    throw Error(ErrorKind::malformed,
                concat("storage ", quote(request.key), ": element count ", count, " is negative"));
  request.dtype = storage_class->dtype;
  request.location = graph_.text(parts[3]);
  const std::uint64_t element_bytes =
      request.dtype ? model::row_of(*request.dtype).size_bytes : std::uint64_t{1};
  request.size_bytes =
      checked_multiply(static_cast<std::uint64_t>(count), element_bytes, "storage bytes");
  return request;
}

model::StorageId StorageTable::storage_of(pickle::NodeId persistent) {
  if (!is_storage(persistent)) throw Error(ErrorKind::malformed, "expected a storage reference");
  const auto parts = graph_.items(graph_.persistent_id(persistent));
  for (const pickle::NodeId part : parts) shared_arguments_.count(part);
  StorageRequest request = request_of(parts);
  // torch.load does not remember empty storages: every reference creates a new one.
  if (request.size_bytes == 0) return add(std::move(request));
  const auto known = by_key_.find(std::string_view(request.key));
  if (known == by_key_.end()) return add(std::move(request));
  refuse_other_type(tree_.storage_of(*known), request);
  return *known;
}

model::StorageId StorageTable::bare_storage_of(pickle::NodeId persistent) {
  const model::StorageId id = storage_of(persistent);
  const auto parts = graph_.items(graph_.persistent_id(persistent));
  const pickle::Global named = graph_.global(parts[1]);
  tree_.mutable_storage(id).dtype = find_storage_class(named.module, named.name)->dtype;
  return id;
}

model::StorageId StorageTable::add(StorageRequest request) {
  std::shared_ptr<const model::Blob> blob = load_(request);
  const model::StorageId id = tree_.add_storage({.blob = std::move(blob),
                                                 .dtype = request.dtype,
                                                 .location = std::move(request.location),
                                                 .key = std::move(request.key),
                                                 .byte_order = byte_order_});
  by_key_.insert(id);
  return id;
}

void StorageTable::refuse_other_type(const model::Storage& known,
                                     const StorageRequest& request) const {
  const bool is_same_type = loaded_dtype(known.dtype) == loaded_dtype(request.dtype);
  if (is_same_type && known.size_bytes() == request.size_bytes) return;
  throw Error(ErrorKind::malformed,
              concat("storage ", quote(request.key), ": first ", type_name(known.dtype), " of ",
                     counted(known.size_bytes(), "byte"), ", now ", type_name(request.dtype),
                     " of ", counted(request.size_bytes, "byte")));
}

}  // namespace ckpt::torch
