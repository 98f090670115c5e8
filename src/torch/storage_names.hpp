// Assigns the keys under which the storages of a tree are written.
#pragma once

#include <vector>

#include "ckpt/torch/write_graph.hpp"

namespace ckpt::torch {

/// Every storage reachable from the root, once, in order of first use, with its key. With
/// StorageKeys::as_read, a storage that is new to the file gets the smallest number that is not a
/// key yet. Throws Error{conflict} when two storages have the same key.
std::vector<WrittenStorage> name_storages(const model::Tree& tree, StorageKeys keys);

}  // namespace ckpt::torch
