// The order in which a pickler meets the storages of a tree. torch.save numbers storages in this
// order and, since 2.7, also stores them in it.
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// Every storage reachable from the root, once, in order of first use.
std::vector<model::StorageId> storages_in_order_of_use(const model::Tree& tree);

}  // namespace ckpt::torch
