// Which records an edited tree becomes, in which order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ckpt/formats/document.hpp"
#include "ckpt/torch/write_graph.hpp"

namespace ckpt::formats {

/// Renumbered, unless the generation of the file names storages by their addresses.
torch::StorageKeys storage_keys_of(const Container& container);

/// The records of the document's file in their order, with its object and its storages replaced by
/// those of the tree. The blob of a serialization id is the one read.
/// Errors: Error{unsupported} for storages of both byte orders.
std::vector<Record> plan_records(const Document& document, torch::StorageKeys keys);

}  // namespace ckpt::formats
