// In what order the children and parameters of a module are usually written.
#pragma once

#include <optional>
#include <string_view>

namespace ckpt::optim {

/// Negative: `a` is usually before `b`; positive: after; 0: no convention known.
int conventional_order(std::string_view a, std::string_view b);

/// The place of a parameter among those of its own module, where torch.nn fixes it.
std::optional<int> leaf_rank(std::string_view leaf);

}  // namespace ckpt::optim
