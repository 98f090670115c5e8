// Sorts the keys of a state dict: into the order of a list of names, or of another checkpoint.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ckpt/model/tree.hpp"
#include "ckpt/optim/root_edit.hpp"

namespace ckpt::commands {

/// The text keys of the root of another checkpoint, in its order.
std::vector<std::string> keys_like(const std::filesystem::path& path);

/// Sorts the outputs into the order of `names`. Throws Error{conflict} naming the first missing one
/// when both are not the same set.
void sort_outputs(optim::RootEdit& edit, const std::vector<std::string>& names);

/// Sorts the entries of `dict` into the order of the outputs' names; keys that are not text stay in
/// front. Returns how many changed their position.
std::size_t sort_entries(model::Tree& tree, model::NodeId dict, const optim::RootEdit& edit);

}  // namespace ckpt::commands
