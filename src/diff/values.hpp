// Whether two values that are no tensors are the same, without what lies below them.
#pragma once

#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

/// Numbers by value and type (a NaN equals itself), texts by their bytes, containers by their type
/// alone, objects by their class. Bytes of bare storages are read.
bool is_same_value(const model::Tree& a, model::NodeId node_a, const model::Tree& b,
                   model::NodeId node_b);

}  // namespace ckpt::diff
