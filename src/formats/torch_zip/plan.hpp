// Which records an edited tree becomes, in which order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ckpt/torch/write_graph.hpp"
#include "formats/torch_zip/origin.hpp"

namespace ckpt::formats {

/// Renumbered, unless the generation of the file names storages by their addresses.
torch::StorageKeys storage_keys_of(const TorchZipOrigin& origin);

/// The records of the origin in their order, with its object and its storages replaced by those of
/// the tree. The blob of a serialization id is the one read.
/// Errors: Error{unsupported} for storages of another byte order than the origin says.
std::vector<Record> plan_records(const TorchZipOrigin& origin, const model::Tree& tree,
                                 torch::StorageKeys keys);

}  // namespace ckpt::formats
