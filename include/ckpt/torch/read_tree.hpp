// Turns a pickle Graph into a model::Tree. Calls of torch's rebuild functions become tensors,
// persistent ids become storages, OrderedDicts become dicts. Every other object is kept as a record
// of its call, so that it can be written back unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ckpt/model/blob.hpp"
#include "ckpt/model/dtype.hpp"
#include "ckpt/model/tree.hpp"
#include "ckpt/pickle/graph.hpp"

namespace ckpt::torch {

/// A storage as its persistent id declares it: ('storage', class, key, location, numel).
struct StorageRequest {
  std::string key = {};
  std::string location = {};
  std::optional<model::DType> dtype = {};  ///< nothing for UntypedStorage
  std::uint64_t size_bytes = 0;
};

/// Returns the bytes of a storage; called once per key. Throws Error{malformed} when the bytes are
/// missing or not as many as declared.
using StorageLoader = std::function<std::shared_ptr<const model::Blob>(const StorageRequest&)>;

/// The tree of graph.root(). No byte of a storage is read.
///
/// Throws Error{malformed} "key 'fc.weight': ..." for a tensor that reaches outside its storage,
/// for a storage key used with two element types, and for arguments that the rebuild function would
/// not accept.
model::Tree read_tree(const pickle::Graph& graph, const StorageLoader& load_storage,
                      model::ByteOrder byte_order = model::ByteOrder::little);

}  // namespace ckpt::torch
