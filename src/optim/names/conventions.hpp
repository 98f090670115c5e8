// The order in which the children and parameters of a module are usually defined.
#pragma once

#include <optional>
#include <string_view>

namespace ckpt::optim {

/// Negative: `a` usually comes before `b`; positive: after `b`; 0: no convention known.
int conventional_order(std::string_view a, std::string_view b);

/// The position of a parameter in its own module, when torch.nn determines it.
std::optional<int> leaf_rank(std::string_view leaf);

}  // namespace ckpt::optim
