// Paths with stars: what they lead to in a tree.
//
//   optimizer:param_groups:*:lr     '*' stands for any text within one step
//   **:lr                           '**' for any number of steps
//   optimizer:state:"0":step        a quoted step is taken as it is
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::commands {

struct PathMatches {
  model::Places places;
  std::vector<model::NodeId> nodes;     ///< what lies at each of `places`
  std::vector<model::PlaceId> matches;  ///< in the order of the file

  model::NodeId& node(model::PlaceId place) { return nodes[static_cast<std::size_t>(place)]; }
};

/// Throws Error{usage} for a quote that does not end.
PathMatches find_paths(const model::Tree& tree, std::string_view pattern);

}  // namespace ckpt::commands
