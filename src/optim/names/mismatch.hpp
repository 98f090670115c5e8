// Explains why no assignment fits; names the first parameter that does not.
#pragma once

#include <optional>
#include <vector>

#include "ckpt/optim/resolve.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// `id_shapes` are the shapes of the ids of the problem, group by group.
void describe_mismatch(const Problem& problem, const std::vector<std::optional<Shape>>& id_shapes,
                       Resolution& resolution);

}  // namespace ckpt::optim
