// Finds the nodes of a tree whose paths match a pattern with stars:
//
//   optimizer:param_groups:*:lr     '*' matches any text within one step
//   **:lr                           '**' matches any number of steps
//   optimizer:state:"0":step        a quoted step is taken literally
#pragma once

#include <string_view>
#include <vector>

#include "ckpt/model/key_path.hpp"
#include "ckpt/model/places.hpp"
#include "ckpt/model/tree.hpp"

namespace ckpt::edit {

struct PathMatches {
  model::Places places;
  std::vector<model::NodeId> nodes;     ///< the node at each of `places`
  std::vector<model::PlaceId> matches;  ///< in file order

  model::NodeId& node(model::PlaceId place) { return nodes[static_cast<std::size_t>(place)]; }
};

/// Throws Error{usage} for a quote that does not end.
PathMatches find_paths(const model::Tree& tree, std::string_view pattern);

}  // namespace ckpt::edit
