// Values taken out of a tree wherever they are.
#pragma once

#include <unordered_set>

#include "ckpt/model/tree.hpp"

namespace ckpt::formats {

/// Removes the entries of dicts whose key or value is in `unwanted`, and the items of sets; in
/// lists and tuples, where places have a meaning, None stands in.
void take_out(model::Tree& tree, const std::unordered_set<model::NodeId>& unwanted);

}  // namespace ckpt::formats
