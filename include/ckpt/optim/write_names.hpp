// Writes parameter names into the groups of an optimizer, as torch 2.6 and later do. Later edits of
// the file need no guessing then.
#pragma once

#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/identify.hpp"

namespace ckpt::optim {

/// Gives every group of every optimizer a list `param_names`. Optimizers whose ids are names, or
/// that have the lists already, do not change. Returns how many optimizers changed. Throws
/// Error{conflict} when an assignment is not settled.
std::size_t write_names(model::Tree& tree, const std::vector<Identified>& all);

}  // namespace ckpt::optim
