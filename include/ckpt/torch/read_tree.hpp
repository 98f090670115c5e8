// From what a pickle says to what a checkpoint contains: rebuild functions become tensors,
// persistent ids become storages, OrderedDicts become dicts; everything else is carried as it is.
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

/// A storage as its persistent id ('storage', class, key, location, numel) declares it.
struct StorageRequest {
  std::string key = {};
  std::string location = {};
  std::optional<model::DType> dtype = {};  ///< none: UntypedStorage
  std::uint64_t size_bytes = 0;
};

/// Gives the bytes of a storage; called once a key. Throws Error{malformed} when there are none, or
/// not as many as declared.
using StorageLoader = std::function<std::shared_ptr<const model::Blob>(const StorageRequest&)>;

/// The tree of graph.root(). Nothing is read from a storage.
/// Errors: Error{malformed} "key 'fc.weight': ..." for a tensor that would reach outside its
/// storage, a storage key used with two element types, arguments that the rebuild function would
/// not take.
model::Tree read_tree(const pickle::Graph& graph, const StorageLoader& load_storage,
                      model::ByteOrder byte_order = model::ByteOrder::little);

}  // namespace ckpt::torch
