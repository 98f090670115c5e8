// Compares two values that are not tensors, without the values below them.
#pragma once

#include "ckpt/model/tree.hpp"

namespace ckpt::diff {

/// Numbers are compared by type and value (a NaN equals itself), texts by bytes, containers by type
/// only, objects by class. Reads the bytes of storages without tensors.
bool is_same_value(const model::Tree& a, model::NodeId node_a, const model::Tree& b,
                   model::NodeId node_b);

}  // namespace ckpt::diff
