// The order in which a pickler that writes a tree meets its storages: torch.save numbers and, since
// 2.7, stores them in that order.
#pragma once

#include <vector>

#include "ckpt/model/tree.hpp"

namespace ckpt::torch {

/// Every storage that is reachable from the root, once, in order of first use.
std::vector<model::StorageId> storages_in_order_of_use(const model::Tree& tree);

}  // namespace ckpt::torch
