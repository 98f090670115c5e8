// The keys of a state dict in another order: that of a list of names, or of another checkpoint.
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

/// Puts the outputs into the order of `names`. Throws Error{conflict} when the two are not the same
/// set, naming the first that is missing.
void sort_outputs(optim::RootEdit& edit, const std::vector<std::string>& names);

/// Puts the entries of `dict` into the order of the outputs' names; keys that are no text stay in
/// front. Returns how many are at another place now.
std::size_t sort_entries(model::Tree& tree, model::NodeId dict, const optim::RootEdit& edit);

}  // namespace ckpt::commands
