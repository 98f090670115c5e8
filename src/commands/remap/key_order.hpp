// Sorts the keys of a state dict: into the order of a list of names, or of another checkpoint.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ckpt/model/root_edit.hpp"

namespace ckpt::commands {

/// The text keys of the root of another checkpoint, in its order.
std::vector<std::string> keys_like(const std::filesystem::path& path);

/// Puts the outputs into the order of `names`. Throws Error{conflict} when the two are not the same
/// set, naming the first that is missing.
void sort_outputs(model::RootEdit& edit, const std::vector<std::string>& names);

}  // namespace ckpt::commands
