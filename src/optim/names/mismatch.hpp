// Why nothing fits, in words that name the first parameter that does not.
#pragma once

#include <optional>
#include <vector>

#include "ckpt/optim/resolve.hpp"
#include "optim/names/problem.hpp"

namespace ckpt::optim {

/// `id_shapes` are those of the problem's ids, through the groups.
void describe_mismatch(const Problem& problem, const std::vector<std::optional<Shape>>& id_shapes,
                       Resolution& resolution);

}  // namespace ckpt::optim
