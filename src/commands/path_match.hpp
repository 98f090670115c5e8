// Paths with stars: what they lead to in a tree.
//
//   optimizer:param_groups:*:lr     '*' stands for any text within one step
//   **:lr                           '**' for any number of steps
//   optimizer:state:"0":step        a quoted step is taken as it is
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

struct PathMatch {
  model::KeyPath path;
  std::vector<model::NodeId> nodes;  ///< along the path, from the root to what lies there
};

/// In the order of the file. Throws Error{usage} for a quote that does not end.
std::vector<PathMatch> find_paths(const model::Tree& tree, std::string_view pattern);

}  // namespace ckpt::commands
